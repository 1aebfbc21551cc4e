/* SPDX-License-Identifier: MIT */
/*
 * An unbound port can be bound only by the domain it names, once; binding sets the local end pending
 * once, which xenstored relies on (event_channel.h; abi-facts 7.1).
 */
#include "guest.h"

void test_main(void)
{
    struct evtchn_alloc_unbound unbound = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
    struct evtchn_bind_interdomain bind = { .remote_dom = DOMID_SELF };
    struct evtchn_send send;

    expect_eq(hypercall(event_channel_op, EVTCHNOP_alloc_unbound, &unbound), 0, "a port");
    expect(unbound.port != 0, "0 is never a port");
    event_mask(unbound.port, true);
    send.port = unbound.port;
    expect_eq(hypercall(event_channel_op, EVTCHNOP_send, &send), 0, "sending to nobody");
    bind.remote_port = unbound.port;
    expect_eq(hypercall(event_channel_op, EVTCHNOP_bind_interdomain, &bind), 0, "the other end");
    expect(bind.local_port != unbound.port, "is another port");
    event_mask(bind.local_port, true);
    expect(event_is_pending(bind.local_port), "pending once after it is bound");
    event_clear(bind.local_port);
    expect_eq(hypercall(event_channel_op, EVTCHNOP_bind_interdomain, &bind), -XEN_EINVAL,
              "a second time");

    expect(!event_is_pending(unbound.port), "nothing at the first end");
    send.port = bind.local_port;
    expect_eq(hypercall(event_channel_op, EVTCHNOP_send, &send), 0, "a notification");
    expect(event_is_pending(unbound.port), "arrives at the other end");
    expect(!event_is_pending(bind.local_port), "and only there");
    bind.remote_port = 500;
    expect_eq(hypercall(event_channel_op, EVTCHNOP_bind_interdomain, &bind), -XEN_EINVAL,
              "a port that is free");
    bind.remote_dom = 77;
    expect(hypercall(event_channel_op, EVTCHNOP_bind_interdomain, &bind) < 0, "no such domain");
}
