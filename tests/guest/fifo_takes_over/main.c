/* SPDX-License-Identifier: MIT */
/*
 * What was pending by the 2-level ABI is pending by FIFO as soon as its event word exists, and ports beyond
 * the pages so far wait for theirs (abi-facts 7.3).
 */
#include "events.h"

void test_main(void)
{
    uint32_t port, low = port_ipi(0), high;

    require_eq(port_send(low), 0, "an event by the 2-level ABI");
    fifo_control = page_new();
    require_eq(fifo_init_control(0, fifo_control, 0), 0, "the control block");
    this_vcpu_info()->evtchn_upcall_pending = 0;
    fifo_expand();
    expect_eq(*fifo_word(low), FIFO_PENDING | FIFO_LINKED, "its word");
    expect_eq(this_vcpu_info()->evtchn_upcall_pending, 1, "and its upcall");
    expect_eq(fifo_take(fifo_control, 7), low, "its queue");

    do {
        port = port_unbound();
    } while (port < 1500);
    high = port_ipi(0);
    expect_eq(port_send(high), 0, "an event of a port without a word");
    expect_eq(fifo_control->head[7], 0, "is in no queue");
    fifo_expand();
    expect_eq(*fifo_word(high), FIFO_PENDING | FIFO_LINKED, "until there is its word");
    expect_eq(fifo_take(fifo_control, 7), high, "in its queue");
}
