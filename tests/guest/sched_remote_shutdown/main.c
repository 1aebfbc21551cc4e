/* SPDX-License-Identifier: MIT */
/*
 * Only the control domain shuts others down (sched.h). It hears of it by VIRQ_DOM_EXC.
 *
 * Machine: domains=1
 */
#include "guest.h"

static long shut_down(domid_t domain, uint32_t reason)
{
    struct sched_remote_shutdown shutdown = { .domain_id = domain, .reason = reason };

    return hypercall(sched_op, SCHEDOP_remote_shutdown, &shutdown);
}

void neighbour_main(uint32_t id)
{
    (void)id;
    expect_eq(shut_down(0, SHUTDOWN_crash), -XEN_EPERM, "the control domain");
    meet(CONTROL_DOMAIN);
    for (;;)
        (void)hypercall(sched_op, SCHEDOP_yield);
}

void test_main(void)
{
    struct evtchn_bind_virq bind = { .virq = VIRQ_DOM_EXC };

    require_eq(hypercall(event_channel_op, EVTCHNOP_bind_virq, &bind), 0, "a port");
    meet(1);
    expect(!event_is_pending(bind.port), "nobody is gone");
    expect_eq(shut_down(7, SHUTDOWN_poweroff), -XEN_ESRCH, "no such domain");
    expect_eq(shut_down(1, 6), -XEN_EINVAL, "no such reason");
    expect_eq(shut_down(1, SHUTDOWN_poweroff), 0, "the neighbour");
    while (!event_is_pending(bind.port))
        (void)hypercall(sched_op, SCHEDOP_yield);
}
