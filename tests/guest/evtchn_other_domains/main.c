/* SPDX-License-Identifier: MIT */
/*
 * Only who manages a domain may make, look at or reset its ports; the control domain may. For a domain that
 * does not exist it is told so, others are not. (abi-facts 7.1, 11.5)
 *
 * Machine: domains=1
 */
#include "events.h"

void neighbour_main(uint32_t id)
{
    struct evtchn_alloc_unbound alloc = { .dom = 0, .remote_dom = (domid_t)id };
    struct evtchn_status status = { .dom = 0, .port = 1 };
    struct evtchn_reset reset = { .dom = 0 };

    expect_eq(evtchn(alloc_unbound, &alloc), -XEN_EPERM, "a port of the control domain");
    expect_eq(evtchn(status, &status), -XEN_EPERM, "a status of the control domain");
    expect_eq(evtchn(reset, &reset), -XEN_EPERM, "a reset of the control domain");
    alloc.dom = status.dom = reset.dom = 77;
    expect_eq(evtchn(alloc_unbound, &alloc), -XEN_EPERM, "a port of nobody");
    expect_eq(evtchn(status, &status), -XEN_EPERM, "a status of nobody");
    expect_eq(evtchn(reset, &reset), -XEN_EPERM, "a reset of nobody");

    alloc.dom = (domid_t)id;
    expect_eq(evtchn(alloc_unbound, &alloc), 0, "its own number is no other domain");
    meet(CONTROL_DOMAIN);
    /* The control domain has made port 3 here. */
    meet(CONTROL_DOMAIN);
    expect_eq(port_status(3).status, EVTCHNSTAT_unbound, "a port that the control domain made");
}

void test_main(void)
{
    struct evtchn_alloc_unbound alloc = { .dom = 1, .remote_dom = DOMID_SELF };
    struct evtchn_status status = { .dom = 1, .port = 1 };
    struct evtchn_reset reset = { .dom = 1 };

    meet(1);
    expect_eq(evtchn(status, &status), 0, "a status of the neighbour");
    expect_eq(status.status, EVTCHNSTAT_interdomain, "where its port leads");
    expect_eq(status.u.interdomain.dom, 0, "to here");
    expect_eq(status.u.interdomain.port, 1, "to the meeting port");
    expect_eq(evtchn(alloc_unbound, &alloc), 0, "a port of the neighbour");
    expect_eq(alloc.port, 3, "its lowest free one");
    status.port = 3;
    expect_eq(evtchn(status, &status), 0, "its status");
    expect_eq(status.u.unbound.dom, 0, "the control domain may bind it");
    expect_eq(evtchn(reset, &reset), -XEN_EINVAL, "a domain that runs is not reset");
    meet(1);

    alloc.dom = status.dom = reset.dom = 77;
    expect_eq(evtchn(alloc_unbound, &alloc), -XEN_ESRCH, "a port of nobody");
    expect_eq(evtchn(status, &status), -XEN_ESRCH, "a status of nobody");
    expect_eq(evtchn(reset, &reset), -XEN_ESRCH, "a reset of nobody");
    alloc.dom = DOMID_IO;
    expect_eq(evtchn(alloc_unbound, &alloc), -XEN_ESRCH, "a reserved domain id");
    neighbour_wait(1);
}
