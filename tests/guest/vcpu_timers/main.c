/* SPDX-License-Identifier: MIT */
/*
 * The one-shot timer sends VIRQ_TIMER at a time, or at once when that is past; it can be stopped; only
 * the calling vCPU may set its own (vcpu.h; abi-facts 2.2).
 *
 * Machine: cpus=2
 */
#include "guest.h"

#define A_MINUTE 60000000000UL

static uint32_t port;

static long set_timer(uint32_t vcpu, uint64_t timeout, uint32_t flags)
{
    struct vcpu_set_singleshot_timer timer = { .timeout_abs_ns = timeout, .flags = flags };

    return hypercall(vcpu_op, VCPUOP_set_singleshot_timer, vcpu, &timer);
}

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
    port = bind.port;
    expect_eq(set_timer(0, system_time() + A_MINUTE, 0), 0, "in a minute");
    expect(!event_is_pending(port), "not yet");
    now = system_time();
    expect_eq(set_timer(0, now + 2000000, 0), 0, "in 2 ms instead");
    while (!event_is_pending(port))
        (void)hypercall(sched_op, SCHEDOP_yield);
    expect(system_time() >= now + 2000000, "then");
    event_clear(port);

    expect_eq(set_timer(0, 1, 0), 0, "in the past");
    wait_for(system_time() + 100000);
    expect(event_is_pending(port), "at once");
    event_clear(port);
    expect_eq(set_timer(0, 1, VCPU_SSHOTTMR_future), -XEN_ETIME, "in the past, told so");
    expect(!event_is_pending(port), "and nothing comes");

    now = system_time();
    expect_eq(set_timer(0, now + 20000000, 0), 0, "in 20 ms");
    expect_eq(hypercall(vcpu_op, VCPUOP_stop_singleshot_timer, 0), 0, "stopped");
    if (system_time() < now + 20000000) { /* else this machine was too slow to see it */
        wait_for(now + 40000000);
        expect(!event_is_pending(port), "nothing comes");
    }
    event_clear(port);
    expect_eq(set_timer(1, now + 2000000, 0), -XEN_EINVAL, "another vCPU's");
    expect_eq(hypercall(vcpu_op, VCPUOP_stop_singleshot_timer, 1), -XEN_EINVAL, "nor stopped");
    expect_eq(set_timer(2, now, 0), -XEN_ENOENT, "of no vCPU");
}
