/* SPDX-License-Identifier: MIT */
/*
 * sched_op poll sleeps until one of some ports is pending, masked or not, or a time has come; ports that
 * do not exist are refused, and so are more than 128 (sched.h; XSA-221).
 */
#include "guest.h"

static uint32_t ports[129];

static long poll(uint64_t list, uint32_t count, uint64_t timeout)
{
    struct sched_poll poll = { .ports = list, .nr_ports = count, .timeout = timeout };

    return hypercall(sched_op, SCHEDOP_poll, &poll);
}

void test_main(void)
{
    struct evtchn_bind_virq bind = { .virq = VIRQ_TIMER };
    struct evtchn_alloc_unbound quiet = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
    uint64_t now;

    require_eq(hypercall(event_channel_op, EVTCHNOP_bind_virq, &bind), 0, "a timer port");
    require_eq(hypercall(event_channel_op, EVTCHNOP_alloc_unbound, &quiet), 0, "a quiet port");
    event_mask(bind.port, true);
    ports[0] = quiet.port;
    ports[1] = bind.port;
    now = system_time();
    expect_eq(poll((uint64_t)ports, 1, now + 2000000), 0, "a port where nothing comes");
    expect(system_time() >= now + 2000000, "ends by the timeout");

    now = system_time();
    require_eq(hypercall(set_timer_op, now + 2000000), 0, "in 2 ms");
    expect_eq(poll((uint64_t)ports, 2, 0), 0, "two ports, no timeout");
    expect(event_is_pending(bind.port), "ends by the masked port");
    expect_eq(poll((uint64_t)ports, 2, 0), 0, "again");
    expect(event_is_pending(bind.port), "at once, it is still pending");

    expect_eq(poll((uint64_t)ports, 129, 1), -XEN_EINVAL, "129 ports");
    expect_eq(poll(0, 1, 1), -XEN_EFAULT, "a null list");
    expect_eq(poll(HYPERVISOR_VIRT_START, 1, 1), -XEN_EFAULT, "one in the hypervisor's range");
    ports[0] = 100000;
    expect_eq(poll((uint64_t)ports, 1, 1), -XEN_EINVAL, "a port that does not exist");
    ports[0] = ~0u;
    expect_eq(poll((uint64_t)ports, 1, 1), -XEN_EINVAL, "the largest number");
    expect_eq(hypercall(sched_op, SCHEDOP_poll, NULL), -XEN_EFAULT, "a null argument");
}
