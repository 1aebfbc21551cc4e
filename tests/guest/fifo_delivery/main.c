/* SPDX-License-Identifier: MIT */
/*
 * An event sets PENDING and LINKED in the port's word and links the port behind the last of its queue,
 * or makes it the head; the queue's ready bit and an upcall come with the first one only. Masked ports
 * are only marked. (abi-facts 7.3)
 */
#include "events.h"

#define DEFAULT_BIT BIT(EVTCHN_FIFO_PRIORITY_DEFAULT)

void test_main(void)
{
    struct vcpu_info *info = this_vcpu_info();
    uint32_t port[4];

    for (unsigned i = 0; i < ARRAY_COUNT(port); i++)
        port[i] = port_ipi(0);
    fifo_setup();
    require_eq(port_send(port[2]), 0, "a first event");
    expect_eq(*fifo_word(port[2]), FIFO_PENDING | FIFO_LINKED, "its word");
    expect_eq(fifo_control->head[7], port[2], "the head of the queue");
    expect_eq(fifo_control->ready, DEFAULT_BIT, "the queue is ready");
    expect_eq(info->evtchn_upcall_pending, 1, "an upcall");
    expect_eq(shared_info->evtchn_pending[0], 0, "not by the 2-level ABI");

    info->evtchn_upcall_pending = 0;
    require_eq(port_send(port[0]), 0, "a second event");
    expect_eq(*fifo_word(port[2]), FIFO_PENDING | FIFO_LINKED | port[0], "the link to it");
    expect_eq(*fifo_word(port[0]), FIFO_PENDING | FIFO_LINKED, "its word");
    expect_eq(info->evtchn_upcall_pending, 0, "no further upcall");
    require_eq(port_send(port[2]), 0, "the first again");
    expect_eq(*fifo_word(port[0]), FIFO_PENDING | FIFO_LINKED, "is not linked again");

    *fifo_word(port[3]) = FIFO_MASKED;
    require_eq(port_send(port[3]), 0, "a masked one");
    expect_eq(*fifo_word(port[3]), FIFO_MASKED | FIFO_PENDING, "is only marked");
    expect_eq(*fifo_word(port[0]), FIFO_PENDING | FIFO_LINKED, "and not linked");

    expect_eq(fifo_take(fifo_control, 7), port[2], "the first of the queue");
    require_eq(port_send(port[1]), 0, "a third event");
    expect_eq(fifo_take(fifo_control, 7), port[0], "the second");
    expect_eq(fifo_take(fifo_control, 7), port[1], "the third");
    expect_eq(fifo_take(fifo_control, 7), 0, "the end");

    fifo_control->ready = 0;
    expect_eq(port_unmask(port[3]), 0, "unmasking");
    expect_eq(*fifo_word(port[3]), FIFO_PENDING | FIFO_LINKED, "links what was marked");
    expect_eq(fifo_take(fifo_control, 7), port[3], "into the queue");
    expect_eq(fifo_control->ready, DEFAULT_BIT, "which is ready again");
    expect_eq(info->evtchn_upcall_pending, 1, "with an upcall");
    *fifo_word(port[3]) |= FIFO_MASKED;
    expect_eq(port_unmask(port[3]), 0, "unmasking what is not pending");
    expect_eq(*fifo_word(port[3]), 0, "links nothing");
}
