/* SPDX-License-Identifier: MIT */
#include "sched/handover.h"

#include "arch/arch.h"
#include "sched/scheduler.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"
#include "unit/sched/simulation.h"

/* Else a guest that sends a packet at a time is interrupted for each of them. */
TEST(handover, one_that_has_just_begun_goes_on_for_a_moment)
{
    simulation_start(1);
    struct domain *sleeper = simulation_domain(1, 1, 256, 0),
                  *worker = simulation_domain(2, 1, 256, 0);
    const struct behaviour *work = behaviour_of(worker->vcpus[0]);
    uint64_t before;

    /* The sleeper works a little and blocks: the worker begins. */
    behaviour_of(sleeper->vcpus[0])->runs_ns = MS;
    behaviour_of(sleeper->vcpus[0])->sleeps_ns = 100 * MS;
    for (before = work->ran_ns; work->ran_ns == before || !sleeper->vcpus[0]->blocked_by;)
        simulation_run(SIMULATED_STEP);
    before = work->ran_ns;
    simulation_event(sleeper->vcpus[0], 0);
    simulation_run(3 * SIMULATED_STEP);
    ck_assert_uint_eq(work->ran_ns - before, 3 * SIMULATED_STEP);
    simulation_run(5 * SIMULATED_STEP);
    ck_assert_uint_le(work->ran_ns - before, 5 * SIMULATED_STEP);
    simulation_end();
}

/* @waker, which runs, wakes @other, which sleeps, and falls asleep @after_ns later; then both do, and
 * @waker is woken. Whether it was interrupted for @other. */
static bool hands_over(struct vcpu *waker, struct vcpu *other, uint64_t after_ns)
{
    fake_time_ns += MS / 20;
    simulation_event(other, 0);
    simulation_exit_path(0);
    bool at_once = current_vcpu() == other;
    if (!at_once) {
        ck_assert_ptr_eq(current_vcpu(), waker);
        fake_time_ns += after_ns;
        vcpu_sleep(waker, VCPU_BLOCKED);
        simulation_exit_path(0);
    }
    ck_assert_ptr_eq(current_vcpu(), other);
    fake_time_ns += MS / 100;
    vcpu_sleep(other, VCPU_BLOCKED);
    simulation_exit_path(0);
    if (!at_once) {
        ck_assert_ptr_null(current_vcpu());
        simulation_event(waker, 0);
        simulation_exit_path(0);
    }
    ck_assert_ptr_eq(current_vcpu(), waker);
    return at_once;
}

TEST(handover, who_sleeps_after_each_wake_hands_over)
{
    simulation_start(1);
    struct vcpu *other = simulation_domain(2, 1, 256, 0)->vcpus[0];

    simulation_exit_path(0);
    vcpu_sleep(other, VCPU_BLOCKED);
    simulation_exit_path(0);
    struct vcpu *waker = simulation_domain(1, 1, 256, 0)->vcpus[0];
    simulation_exit_path(0);
    for (unsigned i = 0; i < HANDOVER_AFTER; i++)
        ck_assert(!hands_over(waker, other, MS / 100));
    for (unsigned turn = 0; turn < 2; turn++) {
        for (unsigned i = 0; i < HANDOVERS; i++)
            ck_assert(hands_over(waker, other, 0));
        /* Is it still so? Yes, and then: no. */
        ck_assert(!hands_over(waker, other, turn ? MS / 10 : MS / 100));
    }
    for (unsigned i = 0; i < HANDOVER_AFTER; i++)
        ck_assert(!hands_over(waker, other, MS / 100));
    ck_assert(hands_over(waker, other, 0));
    simulation_end();
}
