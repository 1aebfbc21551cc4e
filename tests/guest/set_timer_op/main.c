/* SPDX-License-Identifier: MIT */
/*
 * set_timer_op sets the same one-shot timer as vcpu_op, 0 stops it (xen.h; abi-facts 2.2). Deadlines
 * of 2^63 and more are long past (XSA-20).
 */
#include "guest.h"

static void wait_for(uint64_t time)
{
    while (system_time() < time)
        (void)hypercall(sched_op, SCHEDOP_yield);
}

void test_main(void)
{
    struct evtchn_bind_virq bind = { .virq = VIRQ_TIMER };
    uint64_t now;

    require_eq(hypercall(event_channel_op, EVTCHNOP_bind_virq, &bind), 0, "a timer port");
    expect_eq(hypercall(set_timer_op, system_time() + 60000000000UL), 0, "in a minute");
    expect(!event_is_pending(bind.port), "not yet");
    now = system_time();
    expect_eq(hypercall(set_timer_op, now + 2000000), 0, "in 2 ms instead");
    while (!event_is_pending(bind.port))
        (void)hypercall(sched_op, SCHEDOP_yield);
    expect(system_time() >= now + 2000000, "then");
    event_clear(bind.port);
    now = system_time();
    expect_eq(hypercall(set_timer_op, now + 20000000), 0, "in 20 ms");
    expect_eq(hypercall(set_timer_op, 0), 0, "stopped");
    if (system_time() < now + 20000000) { /* else this machine was too slow to see it */
        wait_for(now + 40000000);
        expect(!event_is_pending(bind.port), "nothing comes");
    }
    expect_eq(hypercall(set_timer_op, 1UL << 63), 0, "an absurd time");
    expect_eq(hypercall(set_timer_op, 0), 0, "stopped");
}
