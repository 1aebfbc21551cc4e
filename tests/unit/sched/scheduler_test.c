/* SPDX-License-Identifier: MIT */
/* Who gets how much of which CPU, in simulated time. */
#include "sched/scheduler.h"

#include "arch/arch.h"
#include "arch/mitigations.h"
#include "lib/errno.h"
#include "pvmmu/pvmmu.h"
#include "sched/run_queue.h"
#include "sched/runstate.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"
#include "unit/sched/simulation.h"

ALLOCATOR_THAT_CAN_FAIL(void *, heap_alloc, (size_t bytes), (bytes), NULL)

#define SECOND (1000 * MS)

static uint64_t ran(const struct domain *d)
{
    uint64_t ns = 0;

    for (uint32_t i = 0; i < d->vcpu_count; i++)
        ns += behaviour_of(d->vcpus[i])->ran_ns;
    return ns;
}

/* @part of @whole is @per_cent, within 2 of a hundred of the whole. */
static void assert_share(uint64_t part, uint64_t whole, unsigned per_cent)
{
    uint64_t thousandths = part * 1000 / whole;

    ck_assert_uint_ge(thousandths + 20, per_cent * 10);
    ck_assert_uint_le(thousandths, per_cent * 10 + 20);
}

TEST(scheduler, gives_equal_weights_equal_time)
{
    simulation_start(1);
    struct domain *a = simulation_domain(1, 1, 256, 0), *b = simulation_domain(2, 1, 256, 0);

    simulation_run(2 * SECOND);
    assert_share(ran(a), 2 * SECOND, 50);
    assert_share(ran(b), 2 * SECOND, 50);
    /* A turn is about a slice. */
    ck_assert_uint_ge(fake_vcpu_state.saves, 2 * SECOND / (2 * SLICE_NS));
    ck_assert_uint_le(fake_vcpu_state.saves, 2 * SECOND / (SLICE_NS / 2));
    simulation_end();
}

/* Predictions of branches stay within a domain. */
TEST(scheduler, a_change_of_domain_is_noticed_where_it_matters)
{
    mitigations.measures = MEASURES_SWITCH;
    simulation_start(1);
    simulation_domain(1, 2, 256, 0);
    simulation_run(SECOND);
    ck_assert_uint_ge(fake_vcpu_state.saves, 2);
    ck_assert_uint_eq(fake_domain_switches, 1); /* from none */

    simulation_domain(2, 1, 256, 0);
    simulation_run(SECOND);
    ck_assert_uint_gt(fake_domain_switches, 4);
    mitigations.measures = 0;
    fake_domain_switches = 0;
    simulation_run(SECOND);
    ck_assert_uint_eq(fake_domain_switches, 0);
    simulation_end();
}

TEST(scheduler, gives_time_by_weight)
{
    simulation_start(1);
    struct domain *a = simulation_domain(1, 1, 256, 0), *b = simulation_domain(2, 1, 512, 0);
    struct domain *c = simulation_domain(3, 1, 1280, 0);

    simulation_run(8 * SECOND);
    assert_share(ran(a), 8 * SECOND, 12);
    assert_share(ran(b), 8 * SECOND, 25);
    assert_share(ran(c), 8 * SECOND, 62);
    simulation_end();
}

TEST(scheduler, leaves_nothing_idle_while_one_can_run)
{
    simulation_start(1);
    struct domain *sleeper = simulation_domain(1, 1, 256, 0),
                  *busy = simulation_domain(2, 1, 256, 0);

    behaviour_of(sleeper->vcpus[0])->runs_ns = MS;
    behaviour_of(sleeper->vcpus[0])->sleeps_ns = 9 * MS;
    simulation_run(2 * SECOND);
    assert_share(ran(sleeper), 2 * SECOND, 10);
    ck_assert_uint_eq(ran(sleeper) + ran(busy), 2 * SECOND);
    simulation_end();
}

TEST(scheduler, a_sleeper_catches_up_on_little)
{
    simulation_start(1);
    struct domain *a = simulation_domain(1, 1, 256, 0), *b = simulation_domain(2, 1, 256, 0);

    /* Asleep for a second; then both want the CPU all the time. */
    simulation_run(SIMULATED_STEP);
    fake_cpu_become(0);
    struct vcpu *sleeper = cpu_by_id(0)->current;
    struct vcpu *other = sleeper == a->vcpus[0] ? b->vcpus[0] : a->vcpus[0];
    vcpu_sleep(sleeper, VCPU_BLOCKED);
    simulation_run(SECOND);
    uint64_t before = behaviour_of(other)->ran_ns;
    simulation_event(sleeper, 0);
    simulation_run(SECOND);
    assert_share(behaviour_of(other)->ran_ns - before, SECOND, 50);
    simulation_end();
}

TEST(scheduler, a_vcpu_that_wakes_runs_at_once)
{
    simulation_start(1);
    struct domain *sleeper = simulation_domain(1, 1, 256, 0);

    simulation_domain(2, 1, 256, 0);
    simulation_domain(3, 1, 256, 0);
    behaviour_of(sleeper->vcpus[0])->runs_ns = MS;
    behaviour_of(sleeper->vcpus[0])->sleeps_ns = 20 * MS;
    simulation_run(3 * SECOND);
    ck_assert_uint_le(behaviour_of(sleeper->vcpus[0])->latency_max_ns, SIMULATED_STEP);
    simulation_end();
}

TEST(scheduler, waking_often_gives_no_more_than_a_share)
{
    simulation_start(1);
    struct domain *greedy = simulation_domain(1, 1, 256, 0),
                  *honest = simulation_domain(2, 1, 256, 0);

    /* Sleeps for a moment before each slice would end, and is woken at once. */
    behaviour_of(greedy->vcpus[0])->runs_ns = 19 * MS / 10;
    behaviour_of(greedy->vcpus[0])->sleeps_ns = 0;
    simulation_run(4 * SECOND);
    ck_assert_uint_le(ran(greedy), 4 * SECOND * 55 / 100);
    ck_assert_uint_ge(ran(honest), 4 * SECOND * 45 / 100);
    simulation_end();
}

TEST(scheduler, two_that_wake_each_other_do_not_starve_a_third)
{
    simulation_start(1);
    struct domain *pair = simulation_domain(1, 2, 256, 0), *third = simulation_domain(2, 1, 256, 0);

    for (int i = 0; i < 2; i++) {
        behaviour_of(pair->vcpus[i])->runs_ns = MS;
        behaviour_of(pair->vcpus[i])->sleeps_ns = MS / 2;
    }
    simulation_run(3 * SECOND);
    ck_assert_uint_ge(ran(third), SECOND * 95 / 100);
    simulation_end();
}

/* ---- caps ---- */

TEST(scheduler, a_cap_holds_on_an_idle_machine)
{
    simulation_start(1);
    struct domain *d = simulation_domain(1, 1, 256, 25);

    simulation_run(4 * SECOND);
    assert_share(ran(d), 4 * SECOND, 25);
    simulation_end();
}

TEST(scheduler, a_cap_is_for_all_vcpus_of_a_domain)
{
    simulation_start(4);
    struct domain *d = simulation_domain(1, 4, 256, 150);

    simulation_run(4 * SECOND);
    assert_share(ran(d), 4 * SECOND, 150);
    simulation_end();
}

TEST(scheduler, what_a_cap_leaves_goes_to_others)
{
    simulation_start(1);
    struct domain *capped = simulation_domain(1, 1, 1024, 10),
                  *other = simulation_domain(2, 1, 256, 0);

    simulation_run(4 * SECOND);
    assert_share(ran(capped), 4 * SECOND, 10);
    assert_share(ran(other), 4 * SECOND, 90);
    simulation_end();
}

TEST(scheduler, one_that_used_up_its_cap_makes_no_ticks)
{
    simulation_start(1);
    struct domain *capped = simulation_domain(1, 1, 256, 10);

    simulation_domain(2, 1, 256, 0);
    behaviour_of(capped->vcpus[0])->runs_ns = MS;
    behaviour_of(capped->vcpus[0])->sleeps_ns = MS;
    for (unsigned i = 0; i < 1000; i++) {
        uint64_t now = fake_time_ns;

        simulation_run(SIMULATED_STEP);
        ck_assert_uint_gt(simulation_timer(0), now);
    }
    simulation_end();
}

TEST(scheduler, refuses_weights_and_caps_out_of_range)
{
    simulation_start(1);
    struct domain *d = simulation_domain(1, 1, 256, 0);

    ck_assert_int_eq(domain_set_weight(d, 0, 0), -EINVAL);
    ck_assert_int_eq(domain_set_weight(d, 65536, 0), -EINVAL);
    ck_assert_int_eq(domain_set_weight(d, 256, 100 * MAX_CPUS + 1), -EINVAL);
    ck_assert_uint_eq(d->weight, 256);
    simulation_end();
}

/* ---- several CPUs ---- */

TEST(scheduler, three_share_two_cpus_evenly)
{
    simulation_start(2);
    struct domain *d[3];

    for (uint16_t i = 0; i < 3; i++)
        d[i] = simulation_domain((uint16_t)(i + 1), 1, 256, 0);
    simulation_run(6 * SECOND);
    for (int i = 0; i < 3; i++)
        assert_share(ran(d[i]), 6 * SECOND, 66);
    ck_assert_uint_eq(ran(d[0]) + ran(d[1]) + ran(d[2]), 12 * SECOND);
    simulation_end();
}

TEST(scheduler, five_share_three_cpus_evenly)
{
    simulation_start(3);
    struct domain *d = simulation_domain(1, 5, 256, 0);

    simulation_run(6 * SECOND);
    for (int i = 0; i < 5; i++) {
        ck_assert_uint_ge(behaviour_of(d->vcpus[i])->ran_ns, 6 * SECOND * 55 / 100);
        ck_assert_uint_le(behaviour_of(d->vcpus[i])->ran_ns, 6 * SECOND * 65 / 100);
    }
    simulation_end();
}

TEST(scheduler, a_cpu_without_work_takes_some)
{
    simulation_start(2);
    struct domain *d = simulation_domain(1, 2, 256, 0);

    /* Both are put on CPU 0, which cannot run both. */
    ck_assert_int_eq(vcpu_set_affinity(d->vcpus[0], CPU_MASK(0)), 0);
    ck_assert_int_eq(vcpu_set_affinity(d->vcpus[1], CPU_MASK(0)), 0);
    simulation_run(20 * MS);
    ck_assert_uint_eq(ran(d), 20 * MS);
    ck_assert_int_eq(vcpu_set_affinity(d->vcpus[0], ~0UL), 0);
    ck_assert_int_eq(vcpu_set_affinity(d->vcpus[1], ~0UL), 0);
    simulation_run(100 * MS);
    ck_assert_uint_ge(ran(d), 190 * MS);
    simulation_end();
}

TEST(scheduler, affinity_is_obeyed)
{
    simulation_start(4);
    struct domain *d = simulation_domain(1, 6, 256, 0);

    for (int i = 0; i < 6; i++)
        ck_assert_int_eq(vcpu_set_affinity(d->vcpus[i], CPU_MASK(i % 2 ? 1 : 3)), 0);
    for (int i = 0; i < 6; i++)
        *behaviour_of(d->vcpus[i]) =
            (struct behaviour){ .runs_ns = i ? 3 * MS : 0, .sleeps_ns = MS };
    simulation_run(SECOND);
    for (int i = 0; i < 6; i++) {
        const struct behaviour *b = behaviour_of(d->vcpus[i]);

        ck_assert_uint_gt(b->ran_ns, 0);
        ck_assert_uint_eq(b->ran_on[i % 2 ? 1 : 3], b->ran_ns);
    }
    simulation_end();
}

TEST(scheduler, affinity_moves_one_that_runs)
{
    simulation_start(2);
    struct domain *d = simulation_domain(1, 1, 256, 0);

    simulation_run(10 * MS);
    uint32_t from = atomic_load(&d->vcpus[0]->processor);
    ck_assert_int_eq(vcpu_set_affinity(d->vcpus[0], CPU_MASK(1 - from)), 0);
    uint64_t before = behaviour_of(d->vcpus[0])->ran_on[from];
    simulation_run(10 * MS);
    ck_assert_uint_le(behaviour_of(d->vcpus[0])->ran_on[from], before + SIMULATED_STEP);
    ck_assert_uint_ge(behaviour_of(d->vcpus[0])->ran_on[1 - from], 9 * MS);
    ck_assert_int_eq(vcpu_set_affinity(d->vcpus[0], CPU_MASK(7)), -EINVAL);
    simulation_end();
}

TEST(scheduler, a_pinned_crowd_does_not_slow_the_others)
{
    simulation_start(2);
    struct domain *crowd = simulation_domain(1, 4, 256, 0), *free = simulation_domain(2, 1, 256, 0);

    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(vcpu_set_affinity(crowd->vcpus[i], CPU_MASK(0)), 0);
    ck_assert_int_eq(vcpu_set_affinity(free->vcpus[0], CPU_MASK(1)), 0);
    simulation_run(SECOND);
    ck_assert_uint_ge(ran(free), SECOND - MS);
    for (int i = 0; i < 4; i++)
        assert_share(behaviour_of(crowd->vcpus[i])->ran_ns, SECOND, 25);
    simulation_end();
}

/* ---- yield, sleep, pause ---- */

TEST(scheduler, yield_hands_over)
{
    simulation_start(1);
    struct domain *d = simulation_domain(1, 2, 256, 0);

    behaviour_of(d->vcpus[0])->yields = true;
    simulation_run(SECOND);
    /* One step, and then the other has a slice. */
    ck_assert_uint_ge(behaviour_of(d->vcpus[1])->ran_ns, SECOND * 90 / 100);
    ck_assert_uint_gt(behaviour_of(d->vcpus[0])->ran_ns, 0);
    simulation_end();
}

TEST(scheduler, yield_alone_goes_on)
{
    simulation_start(1);
    struct domain *d = simulation_domain(1, 1, 256, 0);

    behaviour_of(d->vcpus[0])->yields = true;
    simulation_run(100 * MS);
    ck_assert_uint_eq(ran(d), 100 * MS);
    ck_assert_uint_le(fake_vcpu_state.saves, 1);
    simulation_end();
}

TEST(scheduler, a_wake_before_the_switch_is_not_lost)
{
    simulation_start(1);
    struct domain *d = simulation_domain(1, 1, 256, 0);

    simulation_run(MS);
    vcpu_sleep(d->vcpus[0], VCPU_BLOCKED);
    vcpu_wake(d->vcpus[0], VCPU_BLOCKED);
    simulation_run(MS);
    ck_assert_uint_eq(ran(d), 2 * MS);
    simulation_end();
}

TEST(scheduler, an_upcall_wakes_block_masked_or_not_and_poll_only_unmasked)
{
    simulation_start(1);
    struct domain *d = simulation_domain(1, 1, 256, 0);
    struct vcpu *v = d->vcpus[0];

    simulation_run(MS);
    v->info->evtchn_upcall_mask = 1;
    vcpu_sleep(v, VCPU_BLOCKED);
    simulation_run(MS);
    ck_assert(!atomic_load(&v->is_running));
    simulation_event(v, 0);
    ck_assert_uint_eq(atomic_load(&v->blocked_by), 0);
    simulation_run(MS);

    vcpu_sleep(v, VCPU_POLLING);
    ck_assert_uint_eq(atomic_load(&d->poller_count), 1);
    simulation_run(MS);
    simulation_event(v, 0);
    ck_assert_uint_eq(atomic_load(&v->blocked_by), VCPU_POLLING);
    v->info->evtchn_upcall_mask = 0;
    vcpu_kick(v);
    ck_assert_uint_eq(atomic_load(&v->blocked_by), 0);
    ck_assert_uint_eq(atomic_load(&d->poller_count), 0);
    simulation_end();
}

TEST(scheduler, a_paused_vcpu_stays_away_whatever_wakes_it)
{
    simulation_start(1);
    struct domain *d = simulation_domain(1, 2, 256, 0);

    simulation_run(MS);
    struct vcpu *running = cpu_by_id(0)->current;
    struct vcpu *waiting = d->vcpus[running == d->vcpus[0] ? 1 : 0];

    vcpu_stop(running, VCPU_PAUSED);
    vcpu_stop(waiting, VCPU_PAUSED);
    uint64_t before = ran(d);
    simulation_event(running, 0);
    simulation_event(waiting, 0);
    simulation_run(50 * MS);
    ck_assert_uint_eq(ran(d), before);
    ck_assert(!atomic_load(&running->is_running) && !atomic_load(&waiting->is_running));

    vcpu_wake(running, VCPU_PAUSED);
    vcpu_wake(waiting, VCPU_PAUSED);
    simulation_run(50 * MS);
    ck_assert_uint_eq(ran(d), before + 50 * MS);
    simulation_end();
}

TEST(scheduler, two_reasons_need_two_wakes)
{
    simulation_start(1);
    struct domain *d = simulation_domain(1, 1, 256, 0);

    simulation_run(MS);
    vcpu_sleep(d->vcpus[0], VCPU_BLOCKED);
    vcpu_stop(d->vcpus[0], VCPU_PAUSED);
    vcpu_wake(d->vcpus[0], VCPU_PAUSED);
    simulation_run(MS);
    ck_assert_uint_eq(ran(d), MS);
    vcpu_wake(d->vcpus[0], VCPU_BLOCKED);
    simulation_run(MS);
    ck_assert_uint_eq(ran(d), 2 * MS);
    simulation_end();
}

/* ---- the cost of having nothing to do ---- */

TEST(scheduler, alone_or_idle_there_is_no_tick)
{
    simulation_start(1);
    struct domain *d = simulation_domain(1, 1, 256, 0);

    simulation_run(30 * MS);
    ck_assert_uint_eq(simulation_timer(0), APIC_TIMER_OFF);
    vcpu_sleep(d->vcpus[0], VCPU_BLOCKED);
    simulation_run(30 * MS);
    ck_assert_ptr_null(cpu_by_id(0)->current);
    ck_assert_uint_eq(simulation_timer(0), APIC_TIMER_OFF);
    simulation_end();
}

TEST(scheduler, idle_keeps_the_last_state_and_loads_nothing_again)
{
    simulation_start(1);
    struct domain *d = simulation_domain(1, 1, 256, 0);

    simulation_run(MS);
    unsigned loads = fake_vcpu_state.loads;
    vcpu_sleep(d->vcpus[0], VCPU_BLOCKED);
    simulation_run(MS);
    ck_assert_ptr_eq(cpu_by_id(0)->loaded_vcpu, d->vcpus[0]);
    simulation_event(d->vcpus[0], 0);
    simulation_run(MS);
    ck_assert_uint_eq(fake_vcpu_state.loads, loads);

    /* Unless somebody changed it meanwhile. */
    vcpu_sleep(d->vcpus[0], VCPU_BLOCKED);
    simulation_run(MS);
    vcpu_state_changed(d->vcpus[0]);
    simulation_event(d->vcpus[0], 0);
    simulation_run(MS);
    ck_assert_uint_eq(fake_vcpu_state.loads, loads + 1);

    /* Or took its root out of the CPU. */
    vcpu_sleep(d->vcpus[0], VCPU_BLOCKED);
    simulation_run(MS);
    mmu_unload_root();
    simulation_event(d->vcpus[0], 0);
    simulation_run(MS);
    ck_assert_uint_eq(fake_vcpu_state.loads, loads + 2);
    simulation_end();
}

TEST(scheduler, what_a_cpu_kept_is_old_when_the_vcpu_ran_elsewhere)
{
    simulation_start(2);
    struct domain *d = simulation_domain(1, 1, 256, 0);
    struct vcpu *v = d->vcpus[0];

    ck_assert_int_eq(vcpu_set_affinity(v, CPU_MASK(0)), 0);
    simulation_run(MS);
    ck_assert_int_eq(vcpu_set_affinity(v, CPU_MASK(1)), 0);
    simulation_run(MS);
    unsigned loads = fake_vcpu_state.loads;
    ck_assert_int_eq(vcpu_set_affinity(v, CPU_MASK(0)), 0);
    simulation_run(MS);
    ck_assert_ptr_eq(cpu_by_id(0)->current, v);
    ck_assert_uint_eq(fake_vcpu_state.loads, loads + 1);
    simulation_end();
}

TEST(scheduler, a_closed_domain_leaves_no_cpu_with_its_state)
{
    simulation_start(2);
    struct domain *d = simulation_domain(1, 2, 256, 0);

    simulation_run(MS);
    vcpu_stop(d->vcpus[0], VCPU_SHUTDOWN);
    vcpu_stop(d->vcpus[1], VCPU_SHUTDOWN);
    simulation_run(MS);
    scheduler_domain_close(d);
    ck_assert_ptr_null(cpu_by_id(0)->loaded_vcpu);
    ck_assert_ptr_null(cpu_by_id(1)->loaded_vcpu);
    ck_assert_uint_eq(fake_vcpu_state.root_unloads, 2);
    simulation_end();
}

/* ---- memory ---- */

static int create_cpu(void *context)
{
    (void)context;
    return scheduler_cpu_create(0);
}

TEST(scheduler, survives_every_failed_allocation)
{
    fake_machine_start(16);
    ck_assert_uint_eq(sweep_allocation_failures(create_cpu, NULL), 2);
}
