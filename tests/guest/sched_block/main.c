/* SPDX-License-Identifier: MIT */
/*
 * sched_op block unmasks events and sleeps in one step until one is pending; what is already pending
 * ends it at once (sched.h; abi-facts 2.2).
 */
#include "guest.h"

void test_main(void)
{
    struct evtchn_bind_virq bind = { .virq = VIRQ_TIMER };
    uint64_t now;

    events_setup();
    require_eq(hypercall(event_channel_op, EVTCHNOP_bind_virq, &bind), 0, "a timer port");
    now = system_time();
    require_eq(hypercall(set_timer_op, now + 3000000), 0, "in 3 ms");
    expect_eq(shared_info->vcpu_info[0].evtchn_upcall_mask, 1, "events are masked");
    expect_eq(hypercall(sched_op, SCHEDOP_block), 0, "block");
    expect(system_time() >= now + 3000000, "sleeps until the timer");
    expect_eq(events_taken(), (long)BIT(bind.port), "which was delivered");
    expect_eq(shared_info->vcpu_info[0].evtchn_upcall_mask, 0, "events are not masked now");

    events_disable();
    require_eq(hypercall(set_timer_op, system_time()), 0, "at once");
    while (!event_is_pending(bind.port))
        cpu_relax();
    expect_eq(hypercall(sched_op, SCHEDOP_block), 0, "block");
    expect_eq(events_taken(), (long)BIT(bind.port), "an event that was pending ends it");
}
