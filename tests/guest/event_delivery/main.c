/* SPDX-License-Identifier: MIT */
/*
 * Two-level delivery: a pending and unmasked port raises the upcall of its vCPU once; a masked one only
 * becomes pending; unmasking it raises the upcall then (event_channel.h; abi-facts 7.2).
 */
#include "guest.h"

void test_main(void)
{
    struct evtchn_bind_ipi bind = { .vcpu = 0 };
    struct vcpu_info *info = &shared_info->vcpu_info[0];
    struct evtchn_unmask unmask;
    struct evtchn_send send;

    require_eq(hypercall(event_channel_op, EVTCHNOP_bind_ipi, &bind), 0, "a port");
    send.port = unmask.port = bind.port;
    event_mask(bind.port, true);
    require_eq(hypercall(event_channel_op, EVTCHNOP_send, &send), 0, "sent while it is masked");
    expect(event_is_pending(bind.port), "it is pending");
    expect_eq(info->evtchn_upcall_pending, 0, "without an upcall");
    expect_eq(info->evtchn_pending_sel, 0, "and not selected");
    expect_eq(hypercall(event_channel_op, EVTCHNOP_unmask, &unmask), 0, "unmasked");
    expect_eq(info->evtchn_upcall_pending, 1, "the upcall is pending");
    expect_eq(info->evtchn_pending_sel, (long)BIT(bind.port / 64), "for its word");

    events_setup();
    events_enable();
    expect_eq(events_taken(), (long)BIT(bind.port), "it is delivered");
    expect_eq(hypercall(event_channel_op, EVTCHNOP_send, &send), 0, "sent while all is unmasked");
    expect_eq(events_taken(), (long)BIT(bind.port), "it is delivered at the return");
    expect_eq(entries_seen(ENTRY_EVENT), 2, "by one upcall each");
    unmask.port = 100000;
    expect_eq(hypercall(event_channel_op, EVTCHNOP_unmask, &unmask), -XEN_EINVAL,
              "a port that does not exist");
    unmask.port = 0;
    expect_eq(hypercall(event_channel_op, EVTCHNOP_unmask, &unmask), -XEN_EINVAL, "port 0");
}
