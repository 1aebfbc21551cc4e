/* SPDX-License-Identifier: MIT */
/*
 * Each vCPU has queues of its own; a port is queued at the vCPU that it notifies, from the next time on when it
 * is moved. A vCPU without a control block gets nothing, and nothing breaks. (abi-facts 7.3)
 *
 * Machine: options="dom0_max_vcpus=2"
 */
#include "events.h"

void test_main(void)
{
    uint32_t pair[2], early = port_ipi(1), late = port_ipi(1);
    struct evtchn_fifo_control_block *second = page_new();

    port_pair(pair);
    this_vcpu_info()->evtchn_upcall_pending = 0;
    fifo_setup();
    require_eq(port_send(early), 0, "an event for who has no control block");
    expect(*fifo_word(early) & FIFO_PENDING, "is noted");
    expect(!(*fifo_word(early) & FIFO_LINKED), "but in no queue");
    expect_eq(fifo_control->head[7], 0, "not in vCPU 0's either");

    require_eq(fifo_init_control(1, second, 0), 0, "a control block for vCPU 1");
    require_eq(port_send(late), 0, "an event for vCPU 1");
    expect_eq(fifo_take(second, 7), late, "in its queue");
    expect_eq(shared_info->vcpu_info[1].evtchn_upcall_pending, 1, "with its upcall");
    expect_eq(this_vcpu_info()->evtchn_upcall_pending, 0, "and none here");

    require_eq(port_send(pair[0]), 0, "an event for vCPU 0");
    require_eq(port_to_vcpu(pair[1], 1), 0, "moving the port");
    expect_eq(fifo_take(fifo_control, 7), pair[1], "it is where it was queued");
    require_eq(port_send(pair[0]), 0, "again");
    expect_eq(fifo_take(fifo_control, 7), 0, "not there");
    expect_eq(fifo_take(second, 7), pair[1], "but at vCPU 1");
}
