/* SPDX-License-Identifier: MIT */
/*
 * poll also ends when an upcall is due that is not masked, which is then delivered; with no ports it is a sleep until the
 * timeout; a timeout that is past is no sleep; it leaves the event mask alone (abi-facts 2.2).
 */
#include "events.h"

static uint32_t list[128];

static long poll(uint32_t count, uint64_t timeout)
{
    struct sched_poll op = { .ports = (uint64_t)list, .nr_ports = count, .timeout = timeout };

    return hypercall(sched_op, SCHEDOP_poll, &op);
}

void test_main(void)
{
    uint32_t quiet = port_ipi(0), other = port_ipi(0), timer = port_virq(VIRQ_TIMER, 0);
    uint64_t deadline = system_time() + 500000;

    expect_eq(poll(0, deadline), 0, "no ports");
    expect(system_time() >= deadline, "until the timeout");
    expect_eq(poll(0, 1), 0, "a timeout that is past");
    for (unsigned i = 0; i < ARRAY_COUNT(list); i++)
        list[i] = quiet;
    deadline = system_time() + 500000;
    expect_eq(poll(128, deadline), 0, "128 ports");
    expect(system_time() >= deadline, "until the timeout");

    events_setup();
    events_enable();
    require_eq(hypercall(set_timer_op, system_time() + 500000), 0, "a timer");
    expect_eq(poll(1, 0), 0, "without timeout");
    expect_eq(events_taken(), BIT(timer), "an upcall ends it");
    expect_eq(this_vcpu_info()->evtchn_upcall_mask, 0, "the mask is as before");
    events_disable();

    require_eq(port_send(other), 0, "an event while upcalls are masked");
    this_vcpu_info()->evtchn_upcall_mask = 0; /* without looking whether one is pending */
    expect_eq(poll(1, 0), 0, "an upcall that is due already");
    expect_eq(events_taken(), BIT(other), "is taken at once");
    events_disable();

    require_eq(port_send(timer) == -XEN_EINVAL, 1, "nothing is pending");
    require_eq(hypercall(set_timer_op, system_time()), 0, "a timer that is past");
    while (!event_is_pending(timer))
        cpu_relax();
    deadline = system_time() + 500000;
    expect_eq(poll(1, deadline), 0, "an upcall that is masked");
    expect(system_time() >= deadline, "does not end it");
    expect_eq(this_vcpu_info()->evtchn_upcall_mask, 1, "the mask is as before");
}
