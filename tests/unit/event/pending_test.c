/* SPDX-License-Identifier: MIT */
/* Delivery by the 2-level ABI, and polling. */
#include <string.h>

#include "arch/arch.h"
#include "event/evtchn_ops.h"
#include "event/virq.h"
#include "lib/errno.h"
#include "sched/scheduler.h"
#include "sched/timer.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"
#include "unit/event/world.h"

#define GUEST_PORTS 0x5000UL

static uint32_t a, b; /* ports of d[1] and d[2] */
static evtchn_port_t guest_ports[200];

static void start(void)
{
    world_start(1023);
    connect(d[1], d[2], &a, &b);
    fake_guest_unmap_all();
    fake_guest_map(GUEST_PORTS, guest_ports, sizeof(guest_ports), true);
    memset(&fake_requests, 0, sizeof(fake_requests));
}

TEST(pending, sets_pending_selector_and_upcall)
{
    start();
    struct vcpu_info *info = d[2]->vcpus[0]->info;

    ck_assert_int_eq(send(d[1], a), 0);
    ck_assert(is_pending(d[2], b));
    ck_assert_uint_eq(info->evtchn_pending_sel, 1);
    ck_assert_uint_eq(info->evtchn_upcall_pending, 1);
}

TEST(pending, each_step_only_if_the_one_before_was_news)
{
    start();
    struct vcpu_info *info = d[2]->vcpus[0]->info;

    send(d[1], a);
    info->evtchn_pending_sel = 0;
    info->evtchn_upcall_pending = 0;
    send(d[1], a); /* still pending: nothing more happens */
    ck_assert_uint_eq(info->evtchn_pending_sel, 0);
    ck_assert_uint_eq(info->evtchn_upcall_pending, 0);

    d[2]->shared->evtchn_pending[0] = 0;
    info->evtchn_pending_sel = 1;
    send(d[1], a);
    ck_assert_uint_eq(info->evtchn_upcall_pending, 0);
}

TEST(pending, a_masked_port_is_pending_and_no_more)
{
    start();
    struct vcpu_info *info = d[2]->vcpus[0]->info;

    set_mask(d[2], b, true);
    send(d[1], a);
    ck_assert(is_pending(d[2], b));
    ck_assert_uint_eq(info->evtchn_pending_sel, 0);
    ck_assert_uint_eq(info->evtchn_upcall_pending, 0);

    ck_assert_int_eq(unmask(d[2], b), 0);
    ck_assert_uint_eq(info->evtchn_pending_sel, 1);
    ck_assert_uint_eq(info->evtchn_upcall_pending, 1);
}

TEST(pending, unmask_without_an_event_or_a_mask_is_silent)
{
    start();
    struct vcpu_info *info = d[2]->vcpus[0]->info;

    set_mask(d[2], b, true);
    ck_assert_int_eq(unmask(d[2], b), 0);
    ck_assert_uint_eq(d[2]->shared->evtchn_mask[0], 0);
    ck_assert_uint_eq(info->evtchn_upcall_pending, 0);
    d[2]->shared->evtchn_pending[0] |= 1UL << b; /* pending, was not masked */
    ck_assert_int_eq(unmask(d[2], b), 0);
    ck_assert_uint_eq(info->evtchn_upcall_pending, 0);
}

TEST(pending, high_ports_have_their_own_selector_bit)
{
    uint32_t port = 0;

    world_start(4095);
    while (port < 4095)
        port = (uint32_t)bind_ipi(d[1], 1);
    ck_assert_int_eq(send(d[1], 4095), 0);
    ck_assert_uint_eq(d[1]->shared->evtchn_pending[63], 1UL << 63);
    ck_assert_uint_eq(d[1]->vcpus[1]->info->evtchn_pending_sel, 1UL << 63);
}

TEST(pending, wakes_a_blocked_vcpu)
{
    start();
    struct vcpu *v = d[2]->vcpus[0];

    fake_run(v);
    vcpu_sleep(v, VCPU_BLOCKED);
    fake_cpu_become(1);
    send(d[1], a);
    ck_assert_uint_eq(atomic_load(&v->blocked_by), 0);
}

TEST(pending, interrupts_a_cpu_that_runs_the_vcpu)
{
    start();
    struct vcpu *v = d[2]->vcpus[0];

    fake_run(v);
    fake_cpu_become(1);
    send(d[1], a);
    ck_assert_uint_eq(fake_requests.kicks[0], 1);
    send(d[1], a);
    ck_assert_uint_eq(fake_requests.kicks[0], 1);
    fake_cpu_become(0);
    take_upcall(v, NULL);
    send(d[1], a); /* from the CPU itself, which sees it on its way out */
    ck_assert_uint_eq(fake_requests.kicks[0], 1);
}

TEST(pending, a_domain_without_vcpus_keeps_the_bit)
{
    start();
    struct domain *young = fake_domain_create(4, 0);

    ck_assert_int_eq(evtchn_domain_create(young, 100), 0);
    ck_assert_int_eq(alloc_unbound(d[0], 4, 0), 1);
    int port = bind_interdomain(d[0], 4, 1);
    ck_assert_int_eq(send(d[0], (uint32_t)port), 0);
    ck_assert(is_pending(young, 1));
}

TEST(pending, vcpus_beyond_32_get_events_once_they_have_a_place_for_them)
{
    world_start(1023);
    struct vcpu *v = d[1]->vcpus[1];

    v->info = &v->unregistered_info;
    uint32_t port = (uint32_t)bind_ipi(d[1], 1);
    send(d[1], port);
    ck_assert_uint_eq(v->unregistered_info.evtchn_upcall_pending, 1);
    ck_assert(is_pending(d[1], port));
}

/* ---- poll ---- */

static long poll(struct vcpu *v, uint32_t count, uint64_t timeout)
{
    struct sched_poll op = { .ports = GUEST_PORTS, .nr_ports = count, .timeout = timeout };

    fake_run(v);
    return sched_op_poll(v, &op);
}

TEST(poll, a_masked_port_wakes)
{
    start();
    struct vcpu *v = d[2]->vcpus[0];

    set_mask(d[2], b, true);
    v->info->evtchn_upcall_mask = 1;
    guest_ports[0] = b;
    ck_assert_int_eq(poll(v, 1, 0), 0);
    ck_assert_uint_eq(atomic_load(&v->blocked_by), VCPU_POLLING);
    send(d[1], a);
    ck_assert_uint_eq(atomic_load(&v->blocked_by), 0);
    ck_assert_uint_eq(atomic_load(&d[2]->poller_count), 0);
    ck_assert_uint_eq(v->info->evtchn_upcall_mask, 1);
}

TEST(poll, a_port_already_pending_does_not_sleep)
{
    start();
    struct vcpu *v = d[2]->vcpus[0];

    set_mask(d[2], b, true);
    v->info->evtchn_upcall_mask = 1;
    send(d[1], a);
    guest_ports[0] = b;
    ck_assert_int_eq(poll(v, 1, 0), 0);
    ck_assert_uint_eq(atomic_load(&v->blocked_by), 0);
    ck_assert_uint_eq(atomic_load(&d[2]->poller_count), 0);
}

TEST(poll, an_upcall_that_is_due_does_not_sleep)
{
    start();
    struct vcpu *v = d[2]->vcpus[0];

    v->info->evtchn_upcall_pending = 1;
    guest_ports[0] = b;
    ck_assert_int_eq(poll(v, 1, 0), 0);
    ck_assert_uint_eq(atomic_load(&v->blocked_by), 0);
}

TEST(poll, other_ports_do_not_wake_while_upcalls_are_masked)
{
    start();
    struct vcpu *v = d[2]->vcpus[0];
    uint32_t ipi = (uint32_t)bind_ipi(d[2], 0);

    v->info->evtchn_upcall_mask = 1;
    guest_ports[0] = b;
    poll(v, 1, 0);
    send(d[2], ipi);
    ck_assert_uint_eq(atomic_load(&v->blocked_by), VCPU_POLLING);
    send(d[1], a);
    ck_assert_uint_eq(atomic_load(&v->blocked_by), 0);
}

TEST(poll, any_of_many_ports_wakes)
{
    start();
    struct vcpu *v = d[2]->vcpus[0];

    v->info->evtchn_upcall_mask = 1;
    for (uint32_t i = 0; i < 128; i++)
        guest_ports[i] = (uint32_t)bind_ipi(d[2], 1);
    guest_ports[127] = b;
    poll(v, 128, 0);
    ck_assert_uint_eq(atomic_load(&v->blocked_by), VCPU_POLLING);
    send(d[1], a);
    ck_assert_uint_eq(atomic_load(&v->blocked_by), 0);
}

TEST(poll, ends_at_its_time)
{
    start();
    struct vcpu *v = d[2]->vcpus[0];

    v->info->evtchn_upcall_mask = 1;
    guest_ports[0] = b;
    fake_time_ns = 1000;
    ck_assert_int_eq(poll(v, 1, 5000), 0);
    ck_assert_uint_eq(fake_requests.timer_deadline_ns, 5000);
    fake_time_ns = 5000;
    timer_softirq();
    ck_assert_uint_eq(atomic_load(&v->blocked_by), 0);

    ck_assert_int_eq(poll(v, 1, 4000), 0); /* past */
    ck_assert_uint_eq(atomic_load(&v->blocked_by), 0);
    ck_assert_int_eq(poll(v, 0, 9000), 0); /* a sleep */
    ck_assert_uint_eq(atomic_load(&v->blocked_by), VCPU_POLLING);
}

TEST(poll, refuses_bad_lists_and_does_not_sleep)
{
    start();
    struct vcpu *v = d[2]->vcpus[0];
    struct sched_poll op = { .ports = 0x900000, .nr_ports = 1 };

    v->info->evtchn_upcall_mask = 1;
    fake_run(v);
    ck_assert_int_eq(sched_op_poll(v, &op), -EFAULT);
    op.ports = HOLE_START;
    ck_assert_int_eq(sched_op_poll(v, &op), -EFAULT);
    ck_assert_int_eq(poll(v, 129, 0), -EINVAL);
    ck_assert_int_eq(poll(v, ~0u, 0), -EINVAL);
    guest_ports[0] = 0;
    ck_assert_int_eq(poll(v, 1, 0), -EINVAL);
    guest_ports[0] = ~0u;
    ck_assert_int_eq(poll(v, 1, 0), -EINVAL);
    ck_assert_uint_eq(atomic_load(&v->blocked_by), 0);
    ck_assert_uint_eq(atomic_load(&d[2]->poller_count), 0);
}
