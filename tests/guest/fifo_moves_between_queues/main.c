/* SPDX-License-Identifier: MIT */
/*
 * A port that changes its priority and becomes pending again while it is the last one that its old queue
 * knows must not have others linked behind it in its new place (abi-facts 7.3).
 */
#include "events.h"

void test_main(void)
{
    uint32_t a = port_ipi(0), b = port_ipi(0), c = port_ipi(0);
    struct evtchn_set_priority op = { .port = a, .priority = 3 };

    fifo_setup();
    require_eq(port_send(a), 0, "in queue 7");
    expect_eq(fifo_take(fifo_control, 7), a, "and taken");
    require_eq(evtchn(set_priority, &op), 0, "to queue 3");
    require_eq(port_send(a), 0, "in queue 3");
    require_eq(port_send(b), 0, "another in queue 7");
    expect_eq(*fifo_word(a) & EVTCHN_FIFO_LINK_MASK, 0, "is not linked behind the first");
    op.port = c;
    require_eq(evtchn(set_priority, &op), 0, "to queue 3");
    require_eq(port_send(c), 0, "in queue 3");
    expect_eq(fifo_take(fifo_control, 7), b, "queue 7");
    expect_eq(fifo_take(fifo_control, 7), 0, "its end");
    expect_eq(fifo_take(fifo_control, 3), a, "queue 3");
    expect_eq(fifo_take(fifo_control, 3), c, "its second");
    expect_eq(fifo_take(fifo_control, 3), 0, "its end");
}
