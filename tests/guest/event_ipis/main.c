/* SPDX-License-Identifier: MIT */
/*
 * A port bound by bind_ipi notifies the vCPU it was bound for (event_channel.h).
 *
 * Machine: cpus=2
 */
#include "guest.h"

static uint32_t port_of_other;
static volatile bool is_ready, has_seen;

static void other(uint32_t id)
{
    struct sched_poll poll = { .ports = (uint64_t)&port_of_other, .nr_ports = 1 };

    (void)id;
    is_ready = true;
    (void)hypercall(sched_op, SCHEDOP_poll, &poll);
    has_seen = event_is_pending(port_of_other) && shared_info->vcpu_info[1].evtchn_pending_sel &&
               shared_info->vcpu_info[1].evtchn_upcall_pending;
}

void test_main(void)
{
    struct evtchn_bind_ipi bind = { .vcpu = 0 };
    struct evtchn_send send;

    expect_eq(hypercall(event_channel_op, EVTCHNOP_bind_ipi, &bind), 0, "an own IPI");
    send.port = bind.port;
    expect_eq(hypercall(event_channel_op, EVTCHNOP_send, &send), 0, "sent");
    expect(event_is_pending(bind.port), "arrives");
    expect(shared_info->vcpu_info[0].evtchn_upcall_pending, "here");

    bind.vcpu = 1;
    expect_eq(hypercall(event_channel_op, EVTCHNOP_bind_ipi, &bind), 0, "the other vCPU's");
    port_of_other = bind.port;
    require_eq(vcpu_start(1, other), 0, "the other vCPU");
    while (!is_ready)
        (void)hypercall(sched_op, SCHEDOP_yield);
    send.port = bind.port;
    expect_eq(hypercall(event_channel_op, EVTCHNOP_send, &send), 0, "sent");
    vcpu_wait(1);
    expect(has_seen, "it arrived there");
    bind.vcpu = 2;
    expect_eq(hypercall(event_channel_op, EVTCHNOP_bind_ipi, &bind), -XEN_ENOENT, "of no vCPU");
}
