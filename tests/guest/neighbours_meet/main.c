/* SPDX-License-Identifier: MIT */
/*
 * Two unprivileged domains run beside the control domain, and each reaches it by an event channel
 * that only it may bind (event_channel.h: alloc_unbound names the one domain).
 *
 * Machine: domains=2
 */
#include "guest.h"

void neighbour_main(uint32_t id)
{
    struct evtchn_bind_interdomain bind = { .remote_dom = 0, .remote_port = 3 - id };

    expect(!is_control_domain(), "only the first domain is the control domain");
    expect_eq(hypercall(event_channel_op, EVTCHNOP_bind_interdomain, &bind), -XEN_EINVAL,
              "the other neighbour's port cannot be bound");
    meet(CONTROL_DOMAIN);
}

void test_main(void)
{
    meet(1);
    meet(2);
    neighbour_wait(2);
    neighbour_wait(1);
}
