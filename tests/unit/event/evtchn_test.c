/* SPDX-License-Identifier: MIT */
/* The state machine of ports, by the calls of the ABI. */
#include <pthread.h>
#include <string.h>

#include "domain/handlers.h"
#include "event/evtchn_ops.h"
#include "event/virq.h"
#include "lib/errno.h"
#include "mm/heap.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"
#include "unit/event/world.h"

ALLOCATOR_THAT_CAN_FAIL(void *, heap_alloc, (size_t bytes), (bytes), NULL)
ALLOCATOR_THAT_CAN_FAIL(void *, page_alloc, (void), (), NULL)

#define MAX_PORT 1023u

TEST(evtchn, gives_the_lowest_free_port_and_never_0)
{
    world_start(MAX_PORT);
    for (int port = 1; port <= 5; port++)
        ck_assert_int_eq(bind_ipi(d[1], 0), port);
    ck_assert_int_eq(close_port(d[1], 4), 0);
    ck_assert_int_eq(close_port(d[1], 2), 0);
    ck_assert_int_eq(bind_ipi(d[1], 0), 2);
    ck_assert_int_eq(bind_ipi(d[1], 0), 4);
    ck_assert_int_eq(bind_ipi(d[1], 0), 6);
    ck_assert(world_check());
}

TEST(evtchn, runs_out_at_the_domains_limit)
{
    world_start(200);
    for (int port = 1; port <= 200; port++)
        ck_assert_int_eq(bind_ipi(d[1], 0), port);
    ck_assert_int_eq(bind_ipi(d[1], 0), -ENOSPC);
    ck_assert_int_eq(alloc_unbound(d[1], DOMID_SELF, 0), -ENOSPC);
    ck_assert_int_eq(close_port(d[1], 100), 0);
    ck_assert_int_eq(bind_ipi(d[1], 0), 100);
    ck_assert(world_check());
}

TEST(evtchn, has_at_most_4095_ports_with_two_levels)
{
    world_start(~0u);
    for (int port = 1; port < 4096; port++)
        ck_assert_int_eq(bind_ipi(d[1], 0), port);
    ck_assert_int_eq(bind_ipi(d[1], 0), -ENOSPC);
}

TEST(evtchn, refuses_ports_that_are_not_bound)
{
    static const uint32_t ports[] = { 0, 1, 127, 128, 4095, 4096, 131071, 131072, ~0u };

    world_start(MAX_PORT);
    bind_ipi(d[1], 0);
    close_port(d[1], 1);
    for (unsigned i = 0; i < ARRAY_COUNT(ports); i++) {
        struct evtchn_set_priority priority = { ports[i], 0 };

        ck_assert_int_eq(close_port(d[1], ports[i]), -EINVAL);
        ck_assert_int_eq(send(d[1], ports[i]), -EINVAL);
        ck_assert_int_eq(unmask(d[1], ports[i]), -EINVAL);
        ck_assert_int_eq(bind_vcpu(d[1], ports[i], 0), -EINVAL);
        ck_assert_int_eq(evtchn_op_set_priority(d[1]->vcpus[0], &priority), -ENOSYS);
        ck_assert_int_lt(bind_interdomain(d[2], 1, ports[i]), 0);
    }
    ck_assert(world_check());
}

/* ---- two domains ---- */

TEST(evtchn, binding_a_waiting_port_connects_both_and_is_one_event)
{
    world_start(MAX_PORT);
    int mine = alloc_unbound(d[1], DOMID_SELF, 2);

    ck_assert_uint_eq(status_of(d[1], DOMID_SELF, 1).status, EVTCHNSTAT_unbound);
    ck_assert_uint_eq(status_of(d[1], DOMID_SELF, 1).u.unbound.dom, 2);
    int theirs = bind_interdomain(d[2], 1, (uint32_t)mine);
    ck_assert_int_eq(theirs, 1);
    ck_assert(is_pending(d[2], 1));
    ck_assert(!is_pending(d[1], 1));
    ck_assert_uint_eq(d[2]->vcpus[0]->info->evtchn_upcall_pending, 1);

    struct evtchn_status status = status_of(d[1], DOMID_SELF, 1);
    ck_assert_uint_eq(status.status, EVTCHNSTAT_interdomain);
    ck_assert_uint_eq(status.u.interdomain.dom, 2);
    ck_assert_uint_eq(status.u.interdomain.port, 1);
    ck_assert(world_check());
}

TEST(evtchn, only_the_named_domain_may_bind_and_only_once)
{
    world_start(MAX_PORT);
    uint32_t port = (uint32_t)alloc_unbound(d[1], DOMID_SELF, 2);

    ck_assert_int_eq(bind_interdomain(d[0], 1, port), -EINVAL);
    ck_assert_int_eq(bind_interdomain(d[2], 7, port), -ESRCH);
    ck_assert_int_eq(bind_interdomain(d[2], 1, port + 1), -EINVAL);
    ck_assert_int_gt(bind_interdomain(d[2], 1, port), 0);
    ck_assert_int_eq(bind_interdomain(d[2], 1, port), -EINVAL);
    ck_assert_uint_eq(d[2]->events->bound_count, 1);
    ck_assert(world_check());
}

TEST(evtchn, a_refused_binding_takes_no_port)
{
    world_start(MAX_PORT);
    ck_assert_int_eq(bind_interdomain(d[2], 1, 1), -EINVAL);
    ck_assert_int_eq(bind_virq(d[2], VIRQ_CONSOLE, 0), -EBUSY);
    ck_assert_uint_eq(d[2]->events->bound_count, 0);
    ck_assert_int_eq(bind_ipi(d[2], 0), 1);
}

TEST(evtchn, sends_to_the_peer)
{
    uint32_t a, b, last;

    world_start(MAX_PORT);
    bind_ipi(d[2], 0); /* so that the two numbers differ */
    connect(d[1], d[2], &a, &b);
    ck_assert_int_eq(send(d[1], a), 0);
    ck_assert_uint_eq(take_upcall(d[2]->vcpus[0], &last), 1);
    ck_assert_uint_eq(last, b);
    ck_assert_int_eq(send(d[2], b), 0);
    ck_assert_uint_eq(take_upcall(d[1]->vcpus[0], &last), 1);
    ck_assert_uint_eq(last, a);
    ck_assert_uint_eq(take_upcall(d[2]->vcpus[0], NULL), 0);
}

TEST(evtchn, a_port_of_ones_own_can_be_bound_by_oneself)
{
    uint32_t a, b;

    world_start(MAX_PORT);
    a = (uint32_t)alloc_unbound(d[1], DOMID_SELF, DOMID_SELF);
    b = (uint32_t)bind_interdomain(d[1], DOMID_SELF, a);
    ck_assert_uint_ne(a, b);
    take_upcall(d[1]->vcpus[0], NULL);
    ck_assert_int_eq(send(d[1], a), 0);
    ck_assert(is_pending(d[1], b) && !is_pending(d[1], a));
    ck_assert(world_check());
    ck_assert_int_eq(close_port(d[1], a), 0);
    ck_assert(world_check());
    ck_assert_uint_eq(status_of(d[1], DOMID_SELF, b).status, EVTCHNSTAT_unbound);
}

TEST(evtchn, close_frees_one_end_and_leaves_the_other_waiting)
{
    uint32_t a, b;

    world_start(MAX_PORT);
    connect(d[1], d[2], &a, &b);
    send(d[1], a); /* the peer's pending bit stays */
    ck_assert_int_eq(close_port(d[1], a), 0);
    ck_assert_uint_eq(status_of(d[1], DOMID_SELF, a).status, EVTCHNSTAT_closed);
    ck_assert_uint_eq(status_of(d[2], DOMID_SELF, b).status, EVTCHNSTAT_unbound);
    ck_assert_uint_eq(status_of(d[2], DOMID_SELF, b).u.unbound.dom, 1);
    ck_assert(is_pending(d[2], b));
    ck_assert_int_eq(send(d[2], b), 0);
    ck_assert(world_check());

    /* And can be bound again. */
    ck_assert_int_eq(bind_interdomain(d[1], 2, b), (int)a);
    ck_assert(world_check());
}

TEST(evtchn, a_freed_port_is_not_pending_and_back_on_vcpu_0)
{
    world_start(MAX_PORT);
    int port = bind_ipi(d[1], 1);

    send(d[1], (uint32_t)port);
    ck_assert(is_pending(d[1], (uint32_t)port));
    ck_assert_int_eq(close_port(d[1], (uint32_t)port), 0);
    ck_assert(!is_pending(d[1], (uint32_t)port));
    ck_assert_int_eq(alloc_unbound(d[1], DOMID_SELF, 0), port);
    ck_assert_uint_eq(status_of(d[1], DOMID_SELF, (uint32_t)port).vcpu, 0);
}

TEST(evtchn, what_a_domain_does_to_others_needs_privilege)
{
    struct evtchn_status status = { .dom = 1, .port = 1 };
    struct evtchn_reset reset = { .dom = 1 };

    world_start(MAX_PORT);
    ck_assert_int_eq(alloc_unbound(d[2], 1, 0), -EPERM);
    ck_assert_int_eq(evtchn_op_status(d[2]->vcpus[0], &status), -EPERM);
    ck_assert_int_eq(evtchn_op_reset(d[2]->vcpus[0], &reset), -EPERM);
    ck_assert_int_eq(alloc_unbound(d[2], 9, 0), -EPERM); /* whether it exists is not told */
    ck_assert_int_eq(alloc_unbound(d[0], 9, 0), -ESRCH);
    ck_assert_int_eq(alloc_unbound(d[0], 1, 0), 1);
    ck_assert_int_eq(bind_interdomain(d[0], 1, 1), 1);
    ck_assert_int_eq(evtchn_op_status(d[0]->vcpus[0], &status), 0);
    for (int i = 0; i < 3; i++)
        ck_assert_uint_eq(atomic_load(&d[i]->references), 1);
}

/* ---- virtual interrupts ---- */

TEST(virq, of_a_vcpu_go_to_that_vcpu)
{
    uint32_t last;

    world_start(MAX_PORT);
    int first = bind_virq(d[1], VIRQ_TIMER, 0), second = bind_virq(d[1], VIRQ_TIMER, 1);

    virq_send_vcpu(d[1]->vcpus[1], VIRQ_TIMER);
    ck_assert_uint_eq(take_upcall(d[1]->vcpus[0], NULL), 0);
    ck_assert_uint_eq(take_upcall(d[1]->vcpus[1], &last), 1);
    ck_assert_uint_eq(last, (uint32_t)second);
    domain_handlers.virq_vcpu(d[1]->vcpus[0], VIRQ_TIMER);
    ck_assert_uint_eq(take_upcall(d[1]->vcpus[0], &last), 1);
    ck_assert_uint_eq(last, (uint32_t)first);
    ck_assert_uint_eq(status_of(d[1], DOMID_SELF, (uint32_t)second).status, EVTCHNSTAT_virq);
    ck_assert_uint_eq(status_of(d[1], DOMID_SELF, (uint32_t)second).u.virq, VIRQ_TIMER);
    ck_assert_uint_eq(status_of(d[1], DOMID_SELF, (uint32_t)second).vcpu, 1);
    ck_assert(world_check());
}

TEST(virq, unbound_ones_go_nowhere)
{
    world_start(MAX_PORT);
    virq_send_vcpu(d[1]->vcpus[0], VIRQ_TIMER);
    virq_send_global(VIRQ_DOM_EXC);
    ck_assert_uint_eq(d[0]->vcpus[0]->info->evtchn_upcall_pending, 0);
    ck_assert_uint_eq(d[1]->vcpus[0]->info->evtchn_upcall_pending, 0);
}

TEST(virq, refuses_what_the_abi_refuses)
{
    world_start(MAX_PORT);
    ck_assert_int_eq(bind_virq(d[1], NR_VIRQS, 0), -EINVAL);
    ck_assert_int_eq(bind_virq(d[1], ~0u, 0), -EINVAL);
    ck_assert_int_eq(bind_virq(d[1], VIRQ_TIMER, 2), -ENOENT);
    ck_assert_int_eq(bind_virq(d[0], VIRQ_DOM_EXC, 1), -EINVAL);
    ck_assert_int_eq(bind_virq(d[1], VIRQ_DOM_EXC, 0), -EBUSY);
    ck_assert_int_eq(bind_virq(d[1], VIRQ_ARGO, 1), -EINVAL);
    ck_assert_int_eq(bind_virq(d[1], VIRQ_TIMER, 1), 1);
    ck_assert_int_eq(bind_virq(d[1], VIRQ_TIMER, 1), -EEXIST);
    ck_assert_int_eq(bind_virq(d[0], VIRQ_DOM_EXC, 0), 1);
    ck_assert_int_eq(bind_virq(d[0], VIRQ_DOM_EXC, 0), -EEXIST);
    ck_assert_int_eq(send(d[1], 1), -EINVAL);
}

TEST(virq, close_lets_it_be_bound_again)
{
    world_start(MAX_PORT);
    uint32_t port = (uint32_t)bind_virq(d[1], VIRQ_TIMER, 1);

    ck_assert_int_eq(close_port(d[1], port), 0);
    virq_send_vcpu(d[1]->vcpus[1], VIRQ_TIMER);
    ck_assert(!is_pending(d[1], port));
    ck_assert_int_eq(bind_virq(d[1], VIRQ_TIMER, 1), (int)port);
    ck_assert(world_check());
}

TEST(virq, global_ones_move_between_vcpus_and_close_well)
{
    world_start(MAX_PORT);
    uint32_t port = (uint32_t)bind_virq(d[0], VIRQ_CONSOLE, 0);

    ck_assert_int_eq(bind_vcpu(d[0], port, 1), 0);
    domain_handlers.virq_global(VIRQ_CONSOLE);
    ck_assert_uint_eq(take_upcall(d[0]->vcpus[0], NULL), 0);
    ck_assert_uint_eq(take_upcall(d[0]->vcpus[1], NULL), 1);
    ck_assert(world_check());
    ck_assert_int_eq(close_port(d[0], port), 0);
    ck_assert_int_eq(bind_virq(d[0], VIRQ_CONSOLE, 0), (int)port);
    ck_assert(world_check());
}

/* ---- vCPUs ---- */

TEST(evtchn, an_ipi_goes_to_its_vcpu)
{
    world_start(MAX_PORT);
    uint32_t port = (uint32_t)bind_ipi(d[1], 1);

    ck_assert_int_eq(bind_ipi(d[1], 2), -ENOENT);
    ck_assert_int_eq(send(d[1], port), 0);
    ck_assert_uint_eq(take_upcall(d[1]->vcpus[0], NULL), 0);
    ck_assert_uint_eq(take_upcall(d[1]->vcpus[1], NULL), 1);
    ck_assert_uint_eq(status_of(d[1], DOMID_SELF, port).status, EVTCHNSTAT_ipi);
}

TEST(evtchn, moves_what_may_move)
{
    uint32_t a, b;

    world_start(MAX_PORT);
    connect(d[1], d[2], &a, &b);
    ck_assert_int_eq(bind_vcpu(d[2], b, 2), -ENOENT);
    ck_assert_int_eq(bind_vcpu(d[2], b, 1), 0);
    send(d[1], a);
    ck_assert_uint_eq(take_upcall(d[2]->vcpus[0], NULL), 0);
    ck_assert_uint_eq(take_upcall(d[2]->vcpus[1], NULL), 1);
    ck_assert_int_eq(bind_vcpu(d[1], (uint32_t)alloc_unbound(d[1], DOMID_SELF, 0), 1), 0);
    ck_assert_int_eq(bind_vcpu(d[1], (uint32_t)bind_ipi(d[1], 0), 1), -EINVAL);
    ck_assert_int_eq(bind_vcpu(d[1], (uint32_t)bind_virq(d[1], VIRQ_TIMER, 0), 1), -EINVAL);
    ck_assert(world_check());
}

TEST(evtchn, moving_leaves_what_is_pending)
{
    uint32_t a, b;

    world_start(MAX_PORT);
    connect(d[1], d[2], &a, &b);
    send(d[1], a);
    ck_assert_int_eq(bind_vcpu(d[2], b, 1), 0);
    ck_assert_uint_eq(take_upcall(d[2]->vcpus[1], NULL), 0);
    ck_assert_uint_eq(take_upcall(d[2]->vcpus[0], NULL), 1);
}

/* ---- reset and the end ---- */

TEST(evtchn, reset_closes_everything)
{
    struct evtchn_reset op = { .dom = DOMID_SELF };
    uint32_t a, b;

    world_start(MAX_PORT);
    connect(d[1], d[2], &a, &b);
    bind_ipi(d[1], 1);
    bind_virq(d[1], VIRQ_TIMER, 1);
    ck_assert_int_eq(evtchn_op_reset(d[1]->vcpus[0], &op), 0);
    ck_assert_uint_eq(d[1]->events->bound_count, 0);
    ck_assert_uint_eq(status_of(d[2], DOMID_SELF, b).status, EVTCHNSTAT_unbound);
    ck_assert(world_check());
    ck_assert_int_eq(bind_ipi(d[1], 0), 1);
}

TEST(evtchn, reset_of_another_needs_it_paused)
{
    struct evtchn_reset op = { .dom = 1 };

    world_start(MAX_PORT);
    bind_ipi(d[1], 0);
    ck_assert_int_eq(evtchn_op_reset(d[0]->vcpus[0], &op), -EINVAL);
    ck_assert_uint_eq(d[1]->events->bound_count, 1);
    d[1]->pause_count = 1;
    ck_assert_int_eq(evtchn_op_reset(d[0]->vcpus[0], &op), 0);
    ck_assert_uint_eq(d[1]->events->bound_count, 0);
}

TEST(evtchn, reset_stops_for_others_and_goes_on)
{
    struct evtchn_reset op = { .dom = DOMID_SELF };
    unsigned restarts = 0;

    world_start(MAX_PORT);
    for (int i = 0; i < 1000; i++)
        ck_assert_int_gt(bind_ipi(d[1], 0), 0);
    fake_preempt_after = 0;
    while (evtchn_op_reset(d[1]->vcpus[0], &op) == -ERESTART)
        ck_assert_uint_lt(++restarts, 20);
    ck_assert_uint_ge(restarts, 10);
    ck_assert_uint_eq(d[1]->events->bound_count, 0);
    ck_assert(world_check());
}

TEST(evtchn, a_dying_domain_binds_nothing_and_frees_its_peers)
{
    uint32_t a, b;

    world_start(MAX_PORT);
    connect(d[1], d[2], &a, &b);
    uint32_t waiting = (uint32_t)alloc_unbound(d[1], DOMID_SELF, 2);
    for (int i = 0; i < 200; i++)
        bind_ipi(d[1], 0);

    fake_preempt_after = 1;
    ck_assert_int_eq(evtchn_domain_close(d[1]), -ERESTART);
    ck_assert_int_eq(bind_ipi(d[1], 0), -EINVAL);
    ck_assert_int_eq(alloc_unbound(d[0], 1, 2), -EINVAL);
    ck_assert_int_lt(bind_interdomain(d[2], 1, waiting), 0);
    fake_preempt_after = -1;
    ck_assert_int_eq(evtchn_domain_close(d[1]), 0);
    ck_assert_int_eq(evtchn_domain_close(d[1]), 0);
    ck_assert_uint_eq(status_of(d[2], DOMID_SELF, b).status, EVTCHNSTAT_unbound);
    ck_assert(world_check());

    uint64_t before = heap_objects_in_use();
    evtchn_domain_free(d[1]);
    ck_assert_uint_lt(heap_objects_in_use(), before);
    ck_assert_ptr_null(d[1]->events);
}

/* ---- failures, races, chance ---- */

static int bind_two_pages_full(void *context)
{
    (void)context;
    struct domain *fresh = fake_domain_create(5, 2);
    int error = evtchn_domain_create(fresh, MAX_PORT);

    for (int i = 0; i < 200 && error >= 0; i++) {
        uint32_t bound = fresh->events->bound_count;

        error = bind_ipi(fresh, 0);
        ck_assert_uint_eq(fresh->events->bound_count, bound + (error > 0));
        ck_assert(evtchn_check(fresh));
    }
    return error < 0 ? error : 0;
}

TEST(evtchn, survives_every_failed_allocation)
{
    world_start(MAX_PORT);
    ck_assert_uint_ge(sweep_allocation_failures(bind_two_pages_full, NULL), 3);
}

#define ROUNDS 20000

static void *connect_and_close(void *argument)
{
    uint32_t cpu = (uint32_t)(uintptr_t)argument;
    struct domain *mine = d[1 + cpu], *other = d[2 - cpu];

    fake_cpu_become(cpu);
    for (int i = 0; i < ROUNDS; i++) {
        int port = alloc_unbound(mine, DOMID_SELF, other->id);

        bind_interdomain(mine, other->id, (uint32_t)(1 + i % 8));
        send(mine, (uint32_t)(1 + i % 5));
        if (port > 0)
            close_port(mine, (uint32_t)port);
        close_port(mine, (uint32_t)(1 + i % 7));
    }
    return NULL;
}

TEST(evtchn, two_domains_that_bind_and_close_at_once_stay_consistent)
{
    pthread_t other;

    world_start(40);
    ck_assert_int_eq(pthread_create(&other, NULL, connect_and_close, (void *)1), 0);
    connect_and_close((void *)0);
    pthread_join(other, NULL);
    fake_cpu_become(0);
    ck_assert(world_check());
}

/* Any calls in any order leave the tables consistent. */
TEST(evtchn, random_calls_keep_the_invariants)
{
    uint64_t state = 88172645463325252UL;

    world_start(30);
    for (int i = 0; i < 30000; i++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        struct domain *caller = d[state % 3];
        domid_t id = (domid_t)(state >> 8) % 4;
        uint32_t port = (uint32_t)(state >> 16) % 33, vcpu = (uint32_t)(state >> 24) % 3;

        switch ((state >> 32) % 9) {
        case 0:
            alloc_unbound(caller, id == 3 ? DOMID_SELF : id, (domid_t)(state >> 40) % 3);
            break;
        case 1:
            bind_interdomain(caller, id, port);
            break;
        case 2:
            bind_virq(caller, (uint32_t)(state >> 40) % 26, vcpu);
            break;
        case 3:
            bind_ipi(caller, vcpu);
            break;
        case 4:
        case 5:
            close_port(caller, port);
            break;
        case 6:
            bind_vcpu(caller, port, vcpu);
            break;
        case 7:
            send(caller, port);
            break;
        default:
            unmask(caller, port);
            break;
        }
        if (i % 16 == 0)
            ck_assert(world_check());
    }
    ck_assert(world_check());
}
