/* SPDX-License-Identifier: MIT */
/* Identity, references, pause and shutdown of domains, on two CPUs. */
#include "domain/domain.h"

#include <string.h>

#include "arch/arch.h"
#include "domain/handlers.h"
#include "domain/quiet.h"
#include "domain/shared_info.h"
#include "hypercall-abi/sched.h"
#include "lib/errno.h"
#include "mm/heap.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"

ALLOCATOR_THAT_CAN_FAIL(void *, heap_alloc, (size_t bytes), (bytes), NULL)
ALLOCATOR_THAT_CAN_FAIL(void *, page_alloc, (void), (), NULL)

/* ---- what the layers above would do ---- */

static unsigned kicks, deschedules, waits, virqs, releases;
static struct domain *released;

static void note_kick(struct vcpu *v)
{
    (void)v;
    kicks++;
}

static void note_deschedule(struct domain *d, bool wait)
{
    (void)d;
    deschedules++;
    waits += wait;
}

static void note_vcpu_deschedule(struct vcpu *v)
{
    (void)v;
    deschedules++;
    waits++;
}

static void note_virq(uint32_t virq)
{
    ck_assert_uint_eq(virq, VIRQ_DOM_EXC);
    virqs++;
}

static void note_release(struct domain *d)
{
    releases++;
    released = d;
}

static void start(uint32_t cpus)
{
    fake_machine_start(32);
    fake_cpus_start(cpus);
    domain_handlers.vcpu_kick = note_kick;
    domain_handlers.domain_deschedule = note_deschedule;
    domain_handlers.vcpu_deschedule = note_vcpu_deschedule;
    domain_handlers.virq_global = note_virq;
    domain_handlers.domain_released = note_release;
}

static struct domain *make(uint16_t id)
{
    struct domain *d;

    ck_assert_int_eq(domain_alloc(id, &d), 0);
    return d;
}

static void quiet_point_of(uint32_t cpu)
{
    fake_cpu_become(cpu);
    domain_quiet_point();
    fake_cpu_become(0);
}

/* ---- the table ---- */

TEST(domain, is_found_by_its_id)
{
    struct domain *d;

    start(1);
    ck_assert_ptr_null(domain_find(5));
    d = make(5);
    ck_assert_ptr_eq(domain_find(5), d);
    ck_assert_str_eq(d->name, "d5");
    ck_assert_ptr_null(domain_find(4));
    ck_assert_ptr_null(domain_find(DOMID_SELF));
    ck_assert_ptr_null(domain_find(0xffff));
    ck_assert_int_eq(domain_alloc(5, &d), -EEXIST);
    ck_assert_int_eq(domain_alloc(MAX_DOMAINS, &d), -EEXIST);
}

TEST(domain, gets_the_next_free_id)
{
    start(1);
    make(0);
    ck_assert_uint_eq(make(DOMID_INVALID)->id, 1);
    ck_assert_uint_eq(make(DOMID_INVALID)->id, 2);
    make(3);
    ck_assert_uint_eq(make(DOMID_INVALID)->id, 4);
}

TEST(domain, ids_are_not_used_again_at_once)
{
    struct domain *d;

    start(1);
    d = make(DOMID_INVALID);
    ck_assert_uint_eq(d->id, 1);
    d->life = DOMAIN_DEAD;
    domain_put(d);
    ck_assert_uint_eq(make(DOMID_INVALID)->id, 2);
}

TEST(domain, the_table_is_walked_in_order)
{
    start(1);
    make(7);
    make(2);
    ck_assert_uint_eq(domain_next(0)->id, 2);
    ck_assert_uint_eq(domain_next(3)->id, 7);
    ck_assert_ptr_null(domain_next(8));
    ck_assert_ptr_null(domain_next(0xffff));
}

static int create_scenario(void *unused)
{
    uint64_t objects = heap_objects_in_use();
    struct domain *d;
    int error = domain_alloc(9, &d);

    (void)unused;
    if (error) {
        ck_assert_int_eq(error, -ENOMEM);
        ck_assert_ptr_null(domain_find(9));
        ck_assert_uint_eq(heap_objects_in_use(), objects);
    }
    return error;
}

TEST(domain, creation_without_memory_leaves_nothing)
{
    start(1);
    ck_assert_uint_ge(sweep_allocation_failures(create_scenario, NULL), 2);
}

/* ---- references ---- */

TEST(domain, the_last_reference_releases_after_a_quiet_period)
{
    struct domain *d;

    start(2);
    d = make(1);
    ck_assert(domain_get(d));
    d->life = DOMAIN_DEAD;
    domain_put(d);
    ck_assert_ptr_eq(domain_find(1), d);
    domain_put(d);
    ck_assert_ptr_null(domain_find(1));
    ck_assert(!domain_get(d));
    ck_assert_uint_eq(releases, 0);
    quiet_point_of(0);
    ck_assert_uint_eq(releases, 0);
    quiet_point_of(0);
    ck_assert_uint_eq(releases, 0);
    quiet_point_of(1);
    ck_assert_uint_eq(releases, 1);
    ck_assert_ptr_eq(released, d);
    quiet_point_of(1);
    ck_assert_uint_eq(releases, 1);
}

TEST(domain, what_comes_during_a_quiet_period_waits_for_the_next)
{
    struct domain *first, *second;

    start(2);
    first = make(1);
    second = make(2);
    first->life = second->life = DOMAIN_DEAD;
    domain_put(first);
    quiet_point_of(0);
    domain_put(second);
    quiet_point_of(1);
    ck_assert_uint_eq(releases, 1);
    ck_assert_ptr_eq(released, first);
    ck_assert(fake_requests.softirqs[1] & 1u << SOFTIRQ_QUIESCE);
    quiet_point_of(1);
    ck_assert_uint_eq(releases, 1);
    quiet_point_of(0);
    ck_assert_uint_eq(releases, 2);
    ck_assert_ptr_eq(released, second);
}

TEST(domain, owned_pages_are_one_reference)
{
    struct domain *d;

    start(1);
    d = make(1);
    domain_pages_add(d, 3);
    domain_pages_add(d, 2);
    ck_assert_uint_eq(d->references, 2);
    d->life = DOMAIN_DEAD;
    domain_put(d);
    domain_pages_remove(d, 4);
    ck_assert_ptr_eq(domain_find(1), d);
    domain_pages_remove(d, 0);
    domain_pages_remove(d, 1);
    ck_assert_ptr_null(domain_find(1));
}

TEST_ABORTS(domain, a_living_one_does_not_lose_its_last_reference)
{
    start(1);
    domain_put(make(1));
}

/* ---- who may name whom ---- */

static struct vcpu *vcpu_of(struct domain *d)
{
    struct vcpu *v;

    ck_assert_int_eq(vcpu_create(d, d->vcpu_count, &v), 0);
    return v;
}

TEST(domain, only_the_control_domain_names_others)
{
    struct domain *control, *other, *target;

    start(1);
    control = make(0);
    control->is_control = true;
    other = make(1);
    target = domain_get_target(vcpu_of(control), 1);
    ck_assert_ptr_eq(target, other);
    domain_put(target);
    ck_assert_ptr_null(domain_get_target(control->vcpus[0], 2));
    ck_assert_ptr_null(domain_get_target(vcpu_of(other), 0));
    ck_assert_ptr_eq(domain_get_target(other->vcpus[0], DOMID_SELF), other);
    ck_assert_ptr_eq(domain_get_target(other->vcpus[0], 1), other);
    ck_assert_uint_eq(other->references, 3);
}

/* ---- vCPUs ---- */

TEST(domain, vcpus_come_one_after_the_other)
{
    struct domain *d;
    struct vcpu *v;

    start(1);
    d = make(1);
    ck_assert_int_eq(vcpu_create(d, 1, &v), -EINVAL);
    ck_assert_int_eq(vcpu_create(d, 0, &v), 0);
    ck_assert_int_eq(vcpu_create(d, 0, &v), -EEXIST);
    ck_assert_ptr_eq(domain_vcpu(d, 0), v);
    ck_assert_ptr_null(domain_vcpu(d, 1));
    ck_assert_ptr_null(domain_vcpu(d, ~0u));
    ck_assert_ptr_eq(v->info, &d->shared->vcpu_info[0]);
    ck_assert_uint_ne(v->blocked_by & VCPU_DOWN, 0);
}

TEST(domain, vcpus_beyond_the_shared_page_have_a_masked_place)
{
    struct domain *d;

    start(1);
    d = make(1);
    for (uint32_t id = 0; id < MAX_VCPUS; id++)
        (void)vcpu_of(d);
    ck_assert_ptr_eq(d->vcpus[31]->info, &d->shared->vcpu_info[31]);
    ck_assert_ptr_eq(d->vcpus[32]->info, &d->vcpus[32]->unregistered_info);
    ck_assert_uint_eq(d->vcpus[32]->info->evtchn_upcall_mask, 1);
    ck_assert_int_eq(vcpu_create(d, MAX_VCPUS, &(struct vcpu *){ NULL }), -EINVAL);
}

/* ---- pause ---- */

TEST(domain, pauses_are_counted)
{
    struct domain *d;
    struct vcpu *v;

    start(1);
    d = make(1);
    v = vcpu_of(d);
    domain_pause(d);
    ck_assert_uint_eq(waits, 1);
    domain_unpause(d);
    ck_assert_uint_ne(v->blocked_by & VCPU_PAUSED, 0); /* it was created paused */
    ck_assert_uint_eq(kicks, 0);
    domain_unpause(d);
    ck_assert_uint_eq(v->blocked_by & VCPU_PAUSED, 0);
    ck_assert_uint_eq(kicks, 1);
    vcpu_pause(v);
    domain_pause(d);
    vcpu_unpause(v);
    ck_assert_uint_ne(v->blocked_by & VCPU_PAUSED, 0);
    domain_unpause(d);
    ck_assert_uint_eq(v->blocked_by & VCPU_PAUSED, 0);
}

/* ---- shutdown ---- */

TEST(domain, shuts_down_once)
{
    struct domain *d;
    struct vcpu *v;

    start(1);
    d = make(1);
    v = vcpu_of(d);
    domain_shutdown(d, SHUTDOWN_reboot);
    domain_shutdown(d, SHUTDOWN_poweroff);
    ck_assert(d->is_shut_down);
    ck_assert_uint_eq(d->shutdown_code, SHUTDOWN_reboot);
    ck_assert_uint_ne(v->blocked_by & VCPU_SHUTDOWN, 0);
    ck_assert_uint_eq(deschedules, 1);
    ck_assert_uint_eq(waits, 0);
    ck_assert_uint_eq(virqs, 0);
    quiet_point_of(0);
    ck_assert_uint_eq(virqs, 1);
    ck_assert_uint_eq(d->references, 1);
    domain_resume(d);
    ck_assert_uint_eq(v->blocked_by & VCPU_SHUTDOWN, 0);
    ck_assert(!d->is_shut_down);
    domain_resume(d);
    ck_assert_uint_eq(kicks, 1);
}

TEST(domain, a_crash_is_a_shutdown_with_a_card)
{
    struct domain *d;
    struct vcpu *v;

    start(1);
    d = make(3);
    v = vcpu_of(d);
    v->regs.rip = 0x1234;
    domain_console_append(d, "one\ntwo\nthree\nfour\nfive\nsix\nlast", 32);
    domain_crash(d, "rule %d was broken", 7);
    ck_assert_uint_eq(d->shutdown_code, SHUTDOWN_crash);
    ck_assert(d->was_crashed);
    ck_assert_str_eq(fake_log_last, "  | last");
    domain_crash(d, "again");
    ck_assert_str_eq(fake_log_last, "  | last");
}

TEST(domain, a_card_shows_a_full_console_tail)
{
    struct domain *d;

    start(1);
    d = make(3);
    (void)vcpu_of(d);
    for (unsigned i = 0; i < 3000; i++)
        domain_console_append(d, "x", 1);
    domain_console_append(d, "\001\002end\n", 6);
    domain_crash(d, "no reason");
    ck_assert(d->was_crashed);
}

TEST_ABORTS(domain, the_control_domains_crash_ends_the_machine)
{
    struct domain *d;

    start(1);
    d = make(0);
    d->is_control = true;
    domain_crash(d, "gone");
}

/* ---- wall clock ---- */

static uint64_t seconds_of(const struct domain *d)
{
    return (uint64_t)d->shared->wc_sec_hi << 32 | d->shared->wc_sec;
}

TEST(wallclock, is_utc_at_system_time_zero)
{
    struct domain *d;
    uint32_t version;

    start(1);
    d = make(1);
    version = d->shared->wc_version;
    ck_assert_uint_eq(version & 1, 0);
    wallclock_set(5000000000, 250000000, 6500000000);
    ck_assert_uint_eq(seconds_of(d), 5000000000 - 7);
    ck_assert_uint_eq(d->shared->wc_nsec, 750000000);
    ck_assert_uint_gt(d->shared->wc_version, version);
    ck_assert_uint_eq(d->shared->wc_version & 1, 0);
    fake_time_ns = 10250000000;
    ck_assert_uint_eq(wallclock_now(), 5000000000 - 7 + 11);
}

TEST(wallclock, has_an_offset_for_each_domain)
{
    struct domain *a, *b;

    start(1);
    a = make(1);
    b = make(2);
    b->time_offset_s = -3600;
    wallclock_set(100000, 0, 0);
    ck_assert_uint_eq(seconds_of(a), 100000);
    ck_assert_uint_eq(seconds_of(b), 96400);
    shared_info_retire(b);
    wallclock_set(200000, 0, 0); /* touches no page that is gone */
    ck_assert_uint_eq(seconds_of(a), 200000);
    ck_assert_uint_eq(shared_info_max_pfn(b), 0);
}
