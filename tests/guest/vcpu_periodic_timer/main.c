/* SPDX-License-Identifier: MIT */
/*
 * The periodic timer sends VIRQ_TIMER each period until it is stopped; a period below a millisecond is
 * refused (vcpu.h; XSA-20).
 */
#include "guest.h"

void test_main(void)
{
    struct evtchn_bind_virq bind = { .virq = VIRQ_TIMER };
    struct vcpu_set_periodic_timer timer = { .period_ns = 2000000 };
    unsigned ticks = 0;
    uint64_t end;

    require_eq(hypercall(event_channel_op, EVTCHNOP_bind_virq, &bind), 0, "a timer port");
    expect_eq(hypercall(vcpu_op, VCPUOP_set_periodic_timer, 0, &timer), 0, "each 2 ms");
    while (ticks < 3) {
        if (event_is_pending(bind.port)) {
            event_clear(bind.port);
            ticks++;
        }
        (void)hypercall(sched_op, SCHEDOP_yield);
    }
    expect_eq(hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 0), 0, "stopped");
    event_clear(bind.port);
    end = system_time() + 6000000;
    while (system_time() < end)
        (void)hypercall(sched_op, SCHEDOP_yield);
    expect(!event_is_pending(bind.port), "nothing comes any more");
    timer.period_ns = 1000;
    expect_eq(hypercall(vcpu_op, VCPUOP_set_periodic_timer, 0, &timer), -XEN_EINVAL, "each us");
    timer.period_ns = ~0UL;
    expect(hypercall(vcpu_op, VCPUOP_set_periodic_timer, 0, &timer) < 0, "an absurd period");
    expect_eq(hypercall(vcpu_op, VCPUOP_set_periodic_timer, 0, NULL), -XEN_EFAULT, "null");
}
