/* SPDX-License-Identifier: MIT */
/*
 * Each vCPU has its own one-shot timer, and VIRQ_TIMER of its own; a far one keeps none of the others waiting
 * (abi-facts 6.8).
 *
 * Machine: options="dom0_max_vcpus=3"
 */
#include "events.h"

static uint32_t ports[3];
static volatile uint64_t woken_at[3];
static volatile uint64_t deadlines[3];

static void sleep_until(uint32_t id)
{
    struct sched_poll poll = { .ports = (uint64_t)&ports[id], .nr_ports = 1 };

    event_mask(ports[id], true);
    expect_eq(hypercall(set_timer_op, deadlines[id]), 0, "a timer");
    expect_eq(hypercall(sched_op, SCHEDOP_poll, &poll), 0, "poll");
    expect(event_is_pending(ports[id]), "the timer's port");
    woken_at[id] = system_time();
}

void test_main(void)
{
    uint64_t now = system_time();

    for (uint32_t id = 0; id < 3; id++)
        ports[id] = port_virq(VIRQ_TIMER, id);
    require_eq(hypercall(set_timer_op, now + 1000000000000), 0, "far away");
    deadlines[1] = now + 20000000;
    deadlines[2] = now + 10000000;
    require_eq(vcpu_start(1, sleep_until), 0, "vCPU 1");
    require_eq(vcpu_start(2, sleep_until), 0, "vCPU 2");
    vcpu_wait(1);
    vcpu_wait(2);
    expect(woken_at[1] >= deadlines[1], "vCPU 1 woke in time");
    expect(woken_at[2] >= deadlines[2], "vCPU 2 woke in time");
    expect(!event_is_pending(ports[0]), "vCPU 0's is far away");
}
