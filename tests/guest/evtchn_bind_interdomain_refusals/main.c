/* SPDX-License-Identifier: MIT */
/*
 * Only a port that is unbound and kept for the caller may be bound to (abi-facts 7.1).
 */
#include "events.h"

static long bind(uint16_t domain, uint32_t port)
{
    struct evtchn_bind_interdomain op = { .remote_dom = domain, .remote_port = port };

    return evtchn(bind_interdomain, &op);
}

void test_main(void)
{
    struct evtchn_alloc_unbound others = { .dom = DOMID_SELF, .remote_dom = 5 };
    uint32_t pair[2], closed = port_unbound();

    require_eq(evtchn(alloc_unbound, &others), 0, "a port for domain 5");
    port_pair(pair);
    expect_eq(bind(DOMID_SELF, others.port), -XEN_EINVAL, "a port for another domain");
    expect_eq(bind(DOMID_SELF, pair[0]), -XEN_EINVAL, "a port that is bound");
    expect_eq(bind(DOMID_SELF, port_ipi(0)), -XEN_EINVAL, "a port for IPIs");
    expect_eq(bind(DOMID_SELF, port_virq(VIRQ_TIMER, 0)), -XEN_EINVAL, "a port for a virq");
    require_eq(port_close(closed), 0, "a port is closed");
    expect_eq(bind(DOMID_SELF, closed), -XEN_EINVAL, "a free port");
    expect_eq(bind(DOMID_SELF, 0), -XEN_EINVAL, "port 0");
    expect_eq(bind(DOMID_SELF, 4000), -XEN_EINVAL, "a port that never was");
    expect_eq(bind(DOMID_SELF, ~0u), -XEN_EINVAL, "the largest number");
    expect_eq(bind(77, 1), -XEN_ESRCH, "no such domain");
    expect_eq(bind(DOMID_IO, 1), -XEN_ESRCH, "a reserved domain id");
    expect_eq(port_status(pair[0]).status, EVTCHNSTAT_interdomain, "what is bound stays so");
    expect_eq(port_unbound(), closed, "no port was taken");
}
