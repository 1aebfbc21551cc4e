/* SPDX-License-Identifier: MIT */
/*
 * A virtual interrupt is bound to one port; those of each vCPU to one on each, global ones on vCPU 0
 * (event_channel.h; abi-facts 6.7).
 *
 * Machine: cpus=2
 */
#include "guest.h"

static long bind(uint32_t virq, uint32_t vcpu)
{
    struct evtchn_bind_virq bind = { .virq = virq, .vcpu = vcpu };

    return hypercall(event_channel_op, EVTCHNOP_bind_virq, &bind);
}

void test_main(void)
{
    struct evtchn_bind_virq timer = { .virq = VIRQ_TIMER, .vcpu = 0 };
    struct evtchn_status status = { .dom = DOMID_SELF };

    expect_eq(hypercall(event_channel_op, EVTCHNOP_bind_virq, &timer), 0, "the timer, here");
    status.port = timer.port;
    expect_eq(hypercall(event_channel_op, EVTCHNOP_status, &status), 0, "status");
    expect_eq(status.status, EVTCHNSTAT_virq, "a virtual interrupt");
    expect_eq(status.u.virq, VIRQ_TIMER, "which one");
    expect_eq(status.vcpu, 0, "of which vCPU");
    expect_eq(bind(VIRQ_TIMER, 0), -XEN_EEXIST, "a second time");
    expect_eq(bind(VIRQ_TIMER, 1), 0, "the timer of the other vCPU");
    expect_eq(bind(VIRQ_TIMER, 2), -XEN_ENOENT, "of no vCPU");
    expect_eq(bind(VIRQ_DOM_EXC, 1), -XEN_EINVAL, "a global one on another vCPU");
    expect_eq(bind(VIRQ_DOM_EXC, 0), 0, "a global one");
    expect_eq(bind(VIRQ_DOM_EXC, 0), -XEN_EEXIST, "a second time");
    expect_eq(bind(NR_VIRQS, 0), -XEN_EINVAL, "one that does not exist");
    expect_eq(bind(~0u, 0), -XEN_EINVAL, "the largest number");
}
