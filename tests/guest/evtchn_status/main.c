/* SPDX-License-Identifier: MIT */
/*
 * status describes any port of the table, free ones too; -EINVAL is for ports outside it
 * (abi-facts 7.1).
 */
#include "events.h"

static long status_of(uint32_t port)
{
    struct evtchn_status op = { .dom = DOMID_SELF, .port = port };

    return evtchn(status, &op);
}

void test_main(void)
{
    uint32_t ipi = port_ipi(0), virq = port_virq(VIRQ_DEBUG, 0), unbound = port_unbound();
    uint32_t pair[2];
    struct evtchn_status op = { .dom = OWN_DOMAIN, .port = ipi, .status = 77, .vcpu = 77 };

    port_pair(pair);
    expect_eq(evtchn(status, &op), 0, "by the domain's own number");
    expect_eq(op.status, EVTCHNSTAT_ipi, "a port for IPIs");
    expect_eq(op.vcpu, 0, "its vCPU");
    expect_eq(port_status(virq).status, EVTCHNSTAT_virq, "a virq");
    expect_eq(port_status(virq).u.virq, VIRQ_DEBUG, "which");
    expect_eq(port_status(unbound).status, EVTCHNSTAT_unbound, "an unbound port");
    expect_eq(port_status(pair[0]).status, EVTCHNSTAT_interdomain, "a bound port");
    require_eq(port_close(ipi), 0, "closing");
    expect_eq(port_status(ipi).status, EVTCHNSTAT_closed, "a free port");
    expect_eq(status_of(1000000), -XEN_EINVAL, "a port that can never be");
    expect_eq(status_of(~0u), -XEN_EINVAL, "the largest number");
}
