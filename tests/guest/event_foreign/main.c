/* SPDX-License-Identifier: MIT */
/*
 * An ordinary domain manages its own ports only: it can allocate, look at and reset none of another
 * domain, and bind only what was meant for it (event_channel.h).
 *
 * Machine: domains=1
 */
#include "guest.h"

void neighbour_main(uint32_t id)
{
    struct evtchn_alloc_unbound unbound = { .dom = 0, .remote_dom = DOMID_SELF };
    struct evtchn_status status = { .dom = 0, .port = 1 };
    struct evtchn_bind_interdomain bind = { .remote_dom = 0, .remote_port = 20 };
    domid_t other = 0;

    (void)id;
    meet(CONTROL_DOMAIN);
    expect(hypercall(event_channel_op, EVTCHNOP_alloc_unbound, &unbound) < 0, "alloc_unbound");
    expect(hypercall(event_channel_op, EVTCHNOP_status, &status) < 0, "status");
    expect(hypercall(event_channel_op, EVTCHNOP_reset, &other) < 0, "reset");
    for (bind.remote_port = 1; bind.remote_port < 40; bind.remote_port++)
        expect_eq(hypercall(event_channel_op, EVTCHNOP_bind_interdomain, &bind), -XEN_EINVAL,
                  "a port of the control domain");
    expect(hypercall(event_channel_op, EVTCHNOP_bind_pirq,
                     &(struct evtchn_bind_pirq){ .pirq = 4 }) < 0,
           "a physical interrupt");
}

void test_main(void)
{
    struct evtchn_alloc_unbound unbound = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
    struct evtchn_status status = { .dom = 1, .port = 1 };

    for (unsigned i = 0; i < 10; i++)
        require_eq(hypercall(event_channel_op, EVTCHNOP_alloc_unbound, &unbound), 0, "a port");
    meet(1);
    expect_eq(hypercall(event_channel_op, EVTCHNOP_status, &status), 0,
              "status of the neighbour's");
    expect_eq(status.status, EVTCHNSTAT_interdomain, "bound to the control domain");
    expect_eq(status.u.interdomain.dom, 0, "to the control domain");
    unbound.dom = 1;
    unbound.remote_dom = 0;
    expect_eq(hypercall(event_channel_op, EVTCHNOP_alloc_unbound, &unbound), 0,
              "a port of the neighbour's");
    neighbour_wait(1);
}
