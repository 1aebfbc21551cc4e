/* SPDX-License-Identifier: MIT */
#include "sched/runstate.h"

#include "arch/arch.h"
#include "sched/scheduler.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"
#include "unit/sched/simulation.h"

TEST(runstate, accounts_for_all_of_the_time)
{
    simulation_start(1);
    struct domain *a = simulation_domain(1, 1, 256, 0), *b = simulation_domain(2, 1, 256, 0);
    uint64_t start = fake_time_ns;

    behaviour_of(a->vcpus[0])->runs_ns = 3 * MS;
    behaviour_of(a->vcpus[0])->sleeps_ns = 5 * MS;
    simulation_run(1000 * MS);
    for (int i = 0; i < 2; i++) {
        struct domain *d = i ? b : a;
        struct vcpu_runstate_info info;

        runstate_read(d->vcpus[0], &info);
        ck_assert_uint_eq(info.time[0] + info.time[1] + info.time[2] + info.time[3],
                          fake_time_ns - start);
        ck_assert_uint_eq(info.time[RUNSTATE_running], behaviour_of(d->vcpus[0])->ran_ns);
        ck_assert_uint_eq(vcpu_cpu_time_ns(d->vcpus[0]), behaviour_of(d->vcpus[0])->ran_ns);
        ck_assert_uint_eq(info.time[RUNSTATE_offline], 0);
        ck_assert((info.time[RUNSTATE_blocked] > 0) == (d == a));
    }
    simulation_end();
}

TEST(runstate, paused_time_is_offline_and_sleep_after_it_is_not)
{
    simulation_start(1);
    struct domain *d = simulation_domain(1, 1, 256, 0);
    struct vcpu *v = d->vcpus[0];
    struct vcpu_runstate_info info;

    simulation_run(MS);
    vcpu_sleep(v, VCPU_BLOCKED);
    vcpu_stop(v, VCPU_PAUSED);
    simulation_run(10 * MS);
    atomic_fetch_and(&v->blocked_by, ~(uint32_t)VCPU_PAUSED);
    vcpu_kick(v);
    simulation_run(20 * MS);
    runstate_read(v, &info);
    ck_assert_int_eq(info.state, RUNSTATE_blocked);
    ck_assert_uint_eq(info.time[RUNSTATE_offline], 10 * MS);
    ck_assert_uint_eq(info.time[RUNSTATE_blocked], 20 * MS);
    simulation_end();
}
