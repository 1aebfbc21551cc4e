/* SPDX-License-Identifier: MIT */
/*
 * A vCPU asleep in sched_op block wakes by an event that is not masked, sent by another vCPU, and takes the upcall first; a masked
 * port's event lets it sleep on (abi-facts 2.2, 10.4).
 *
 * Machine: cpus=2
 */
#include "events.h"

static uint32_t masked, unmasked;
static volatile unsigned phase;

static void other_vcpu(uint32_t id)
{
    (void)id;
    events_setup();
    phase = 1;
    expect_eq(hypercall(sched_op, SCHEDOP_block, NULL), 0, "block");
    expect_eq(events_taken(), BIT(unmasked), "what woke it");
    expect(event_is_pending(masked), "the masked one is still pending");
    phase = 2;
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
    struct vcpu_runstate_info info;

    masked = port_ipi(1);
    unmasked = port_ipi(1);
    event_mask(masked, true);
    require_eq(vcpu_start(1, other_vcpu), 0, "vCPU 1");
    while (phase < 1)
        cpu_relax();
    wait_until_blocked();
    require_eq(port_send(masked), 0, "a masked event");
    require_eq(hypercall(vcpu_op, VCPUOP_get_runstate_info, 1, &info), 0, "runstate");
    expect_eq(info.state, RUNSTATE_blocked, "it sleeps on");
    require_eq(port_send(unmasked), 0, "an event");
    vcpu_wait(1);
    expect_eq(phase, 2, "it woke");
}
