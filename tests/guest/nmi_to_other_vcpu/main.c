/* SPDX-License-Identifier: MIT */
/*
 * An NMI reaches another vCPU where it is: running in a loop, polling, or asleep in sched_op block, from which it wakes
 * (abi-facts 10.2).
 *
 * Machine: cpus=2
 */
#include "events.h"

static volatile unsigned nmis, phase;

static void handle(struct guest_frame *frame)
{
    (void)frame;
    nmis++;
}

static void wait_for(unsigned count)
{
    while (nmis < count)
        cpu_relax();
}

static void other_vcpu(uint32_t id)
{
    struct xennmi_callback callback = { .handler_address = entry_point(ENTRY_NMI) };

    (void)id;
    events_setup();
    require_eq(hypercall(nmi_op, XENNMI_register_callback, &callback), 0, "a handler");
    phase = 1;
    wait_for(1);
    phase = 2;
    expect_eq(hypercall(sched_op, SCHEDOP_block, NULL), 0, "block ends");
    phase = 3;
    wait_for(2);
}

static void wait_until_blocked(void)
{
    struct vcpu_runstate_info info;

    do {
        require_eq(hypercall(vcpu_op, VCPUOP_get_runstate_info, 1, &info), 0, "runstate");
    } while (info.state != RUNSTATE_blocked);
}

void test_main(void)
{
    on_entry(ENTRY_NMI, handle);
    require_eq(vcpu_start(1, other_vcpu), 0, "vCPU 1");
    while (phase < 1)
        cpu_relax();
    expect_eq(hypercall(vcpu_op, VCPUOP_send_nmi, 1, NULL), 0, "to one that loops");
    wait_for(1);
    while (phase < 2)
        cpu_relax();
    wait_until_blocked();
    expect_eq(hypercall(vcpu_op, VCPUOP_send_nmi, 1, NULL), 0, "to one that sleeps");
    wait_for(2);
    vcpu_wait(1);
    expect_eq(nmis, 2, "each once");
    expect_eq(phase, 3, "the sleep has ended");
    expect_eq(hypercall(vcpu_op, VCPUOP_send_nmi, 2, NULL), -XEN_ENOENT, "to no vCPU");
    expect_eq(hypercall(vcpu_op, VCPUOP_send_nmi, ~0u, NULL), -XEN_ENOENT, "to the largest number");
}
