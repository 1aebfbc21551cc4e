/* SPDX-License-Identifier: MIT */
/* The commands of vcpu_op and sched_op that are sched/'s. */
#include <string.h>

#include "arch/arch.h"
#include "domain/handlers.h"
#include "hypercall-abi/sched.h"
#include "lib/errno.h"
#include "sched/sched_ops.h"
#include "sched/scheduler.h"
#include "sched/vcpu_ops.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"
#include "unit/sched/simulation.h"

static struct domain *d;
static struct vcpu *v, *other;
static unsigned virqs;

static void count_virq(struct vcpu *target, uint32_t virq)
{
    (void)target, (void)virq;
    virqs++;
}

/* Two vCPUs, the first one runs on the only CPU. */
static void start(void)
{
    simulation_start(1);
    domain_handlers.virq_vcpu = count_virq;
    memset(&fake_domain_calls, 0, sizeof(fake_domain_calls));
    virqs = 0;
    d = simulation_domain(1, 2, 256, 0);
    v = d->vcpus[0];
    other = d->vcpus[1];
    vcpu_stop(other, VCPU_DOWN);
    simulation_run(MS);
    ck_assert_ptr_eq(cpu_by_id(0)->current, v);
}

TEST(vcpu_op, up_and_down)
{
    start();
    ck_assert_int_eq(vcpu_op_is_up(v, 0), 1);
    ck_assert_int_eq(vcpu_op_is_up(v, 1), 0);
    ck_assert_int_eq(vcpu_op_up(v, 1), 0);
    ck_assert_int_eq(vcpu_op_up(v, 1), 0);
    ck_assert_int_eq(vcpu_op_is_up(v, 1), 1);
    simulation_run(50 * MS);
    ck_assert_uint_gt(behaviour_of(other)->ran_ns, 0);
    ck_assert_int_eq(vcpu_op_down(v, 1), 0);
    ck_assert_int_eq(vcpu_op_is_up(v, 1), 0);
    uint64_t before = behaviour_of(other)->ran_ns;
    simulation_run(50 * MS);
    ck_assert_uint_eq(behaviour_of(other)->ran_ns, before);
    ck_assert_uint_eq(fake_domain_calls.shutdowns, 0);
}

TEST(vcpu_op, up_needs_a_first_state)
{
    start();
    other->is_initialised = false;
    ck_assert_int_eq(vcpu_op_up(v, 1), -EINVAL);
    ck_assert_int_eq(vcpu_op_is_up(v, 1), 0);
}

TEST(vcpu_op, the_last_one_down_is_a_poweroff)
{
    start();
    ck_assert_int_eq(vcpu_op_down(v, 0), 0);
    ck_assert_uint_eq(fake_domain_calls.shutdowns, 1);
    ck_assert_uint_eq(fake_domain_calls.last_code, SHUTDOWN_poweroff);
}

TEST(vcpu_op, answers_enoent_for_vcpus_that_are_not_there)
{
    struct vcpu_runstate_info runstate;
    struct vcpu_set_periodic_timer periodic = { 10 * MS };
    struct vcpu_set_singleshot_timer singleshot = { 0, 0 };
    struct vcpu_register_vcpu_info info = { 0, 0, 0 };

    start();
    for (uint32_t id = 2; id; id = id < MAX_VCPUS ? MAX_VCPUS : id < 8191 ? 8191 : 0) {
        ck_assert_int_eq(vcpu_op_up(v, id), -ENOENT);
        ck_assert_int_eq(vcpu_op_down(v, id), -ENOENT);
        ck_assert_int_eq(vcpu_op_is_up(v, id), -ENOENT);
        ck_assert_int_eq(vcpu_op_get_runstate_info(v, id, &runstate), -ENOENT);
        ck_assert_int_eq(vcpu_op_set_periodic_timer(v, id, &periodic), -ENOENT);
        ck_assert_int_eq(vcpu_op_stop_periodic_timer(v, id), -ENOENT);
        ck_assert_int_eq(vcpu_op_set_singleshot_timer(v, id, &singleshot), -ENOENT);
        ck_assert_int_eq(vcpu_op_stop_singleshot_timer(v, id), -ENOENT);
        ck_assert_int_eq(vcpu_op_register_vcpu_info(v, id, &info), -ENOENT);
        ck_assert_int_eq(vcpu_op_send_nmi(v, id), -ENOENT);
    }
}

TEST(vcpu_op, one_shot_timers_are_for_the_caller)
{
    struct vcpu_set_singleshot_timer op = { fake_time_ns + MS, 0 };

    start();
    op.timeout_abs_ns = fake_time_ns + MS;
    ck_assert_int_eq(vcpu_op_set_singleshot_timer(v, 1, &op), -EINVAL);
    ck_assert_int_eq(vcpu_op_stop_singleshot_timer(v, 1), -EINVAL);
    ck_assert_int_eq(vcpu_op_set_singleshot_timer(v, 0, &op), 0);
    simulation_run(2 * MS);
    ck_assert_uint_eq(virqs, 1);
}

TEST(vcpu_op, a_one_shot_timer_in_the_past_fires_or_is_refused_as_asked)
{
    struct vcpu_set_singleshot_timer op = { .flags = VCPU_SSHOTTMR_future };

    start();
    op.timeout_abs_ns = fake_time_ns - 1;
    ck_assert_int_eq(vcpu_op_set_singleshot_timer(v, 0, &op), -ETIME);
    ck_assert_uint_eq(virqs, 0);
    op.flags = 0;
    ck_assert_int_eq(vcpu_op_set_singleshot_timer(v, 0, &op), 0);
    ck_assert_uint_eq(virqs, 1);
}

TEST(set_timer_op, sets_and_cancels)
{
    start();
    ck_assert_int_eq(set_timer(v, fake_time_ns + MS), 0);
    ck_assert_int_eq(set_timer(v, 0), 0);
    simulation_run(5 * MS);
    ck_assert_uint_eq(virqs, 0);
    ck_assert_int_eq(set_timer(v, fake_time_ns + MS), 0);
    simulation_run(5 * MS);
    ck_assert_uint_eq(virqs, 1);
}

TEST(vcpu_op, nmi_needs_a_callback_and_wakes)
{
    start();
    ck_assert_int_eq(vcpu_op_send_nmi(v, 1), -EINVAL);
    ck_assert(!atomic_load(&other->nmi_pending));
    vcpu_wake(other, VCPU_DOWN);
    other->nmi.address = 0x1000;
    atomic_fetch_or(&other->blocked_by, (uint32_t)VCPU_BLOCKED);
    simulation_run(30 * MS);
    ck_assert_int_eq(vcpu_op_send_nmi(v, 1), 0);
    ck_assert(atomic_load(&other->nmi_pending));
    ck_assert_uint_eq(atomic_load(&other->exit_work) & EXIT_WORK_NMI, EXIT_WORK_NMI);
    ck_assert_uint_eq(atomic_load(&other->blocked_by), 0);
}

/* ---- vcpu_info ---- */

TEST(vcpu_op, vcpu_info_moves_with_its_contents_and_loses_no_event)
{
    start();
    struct frame *frame = fake_frame_create(d);
    struct vcpu_register_vcpu_info op = { .mfn = frame_to_mfn(frame).number, .offset = 128 };
    struct vcpu_info *info = (void *)((uint8_t *)mfn_to_virt(frame_to_mfn(frame)) + 128);

    v->info->arch.cr2 = 0x1234;
    v->info->evtchn_upcall_mask = 1;
    ck_assert_int_eq(vcpu_op_register_vcpu_info(v, 0, &op), 0);
    ck_assert_ptr_eq(v->info, info);
    ck_assert_uint_eq(info->arch.cr2, 0x1234);
    ck_assert_uint_eq(info->evtchn_upcall_mask, 1);
    ck_assert_uint_eq(info->evtchn_upcall_pending, 1);
    ck_assert_uint_eq(info->evtchn_pending_sel, ~0UL);
    ck_assert_uint_ne(info->time.tsc_to_system_mul, 0);
    ck_assert_uint_eq(fake_frame_writable_count(frame), 1);

    op.offset = 256;
    ck_assert_int_eq(vcpu_op_register_vcpu_info(v, 0, &op), -EINVAL);
    ck_assert_ptr_eq(v->info, info);
    ck_assert_uint_eq(fake_frame_writable_count(frame), 1);
    vcpu_unregister_info(v);
    ck_assert_uint_eq(fake_frame_references(frame), 0);
}

TEST(vcpu_op, vcpu_info_is_refused_where_it_cannot_be)
{
    start();
    struct domain *stranger = fake_domain_create(2, 0);
    struct frame *frame = fake_frame_create(d), *foreign = fake_frame_create(stranger);
    struct vcpu_register_vcpu_info op = { .mfn = frame_to_mfn(frame).number };

    op.offset = PAGE_SIZE - sizeof(struct vcpu_info) + 8;
    ck_assert_int_eq(vcpu_op_register_vcpu_info(v, 0, &op), -EINVAL);
    op.offset = ~0u;
    ck_assert_int_eq(vcpu_op_register_vcpu_info(v, 0, &op), -EINVAL);
    op.offset = 4;
    ck_assert_int_eq(vcpu_op_register_vcpu_info(v, 0, &op), -EINVAL);
    op.offset = 0;
    fake_frame_make_table(frame, true);
    ck_assert_int_eq(vcpu_op_register_vcpu_info(v, 0, &op), -EINVAL);
    fake_frame_make_table(frame, false);
    op.mfn = frame_to_mfn(foreign).number;
    ck_assert_int_eq(vcpu_op_register_vcpu_info(v, 0, &op), -EINVAL);
    op.mfn = ~0UL;
    ck_assert_int_eq(vcpu_op_register_vcpu_info(v, 0, &op), -EINVAL);
    /* One that is up and not the caller may be looking at it. */
    op.mfn = frame_to_mfn(frame).number;
    vcpu_wake(other, VCPU_DOWN);
    ck_assert_int_eq(vcpu_op_register_vcpu_info(v, 1, &op), -EINVAL);
    vcpu_stop(other, VCPU_DOWN);
    ck_assert_int_eq(vcpu_op_register_vcpu_info(v, 1, &op), 0);
    ck_assert_uint_eq(fake_frame_references(foreign), 0);
    ck_assert_uint_eq(fake_frame_references(frame), 1);
}

/* ---- sched_op ---- */

TEST(sched_op, block_unmasks_and_sleeps)
{
    start();
    ck_assert_int_eq(sched_op_block(v), 0);
    ck_assert_uint_eq(v->info->evtchn_upcall_mask, 0);
    ck_assert_uint_eq(atomic_load(&v->blocked_by), VCPU_BLOCKED);
}

TEST(sched_op, block_with_an_event_pending_does_not_sleep)
{
    start();
    v->info->evtchn_upcall_mask = 1;
    v->info->evtchn_upcall_pending = 1;
    ck_assert_int_eq(sched_op_block(v), 0);
    ck_assert_uint_eq(v->info->evtchn_upcall_mask, 0);
    ck_assert_uint_eq(atomic_load(&v->blocked_by), 0);
}

TEST(sched_op, shutdown_takes_known_reasons)
{
    struct sched_shutdown op = { SHUTDOWN_MAX + 1 };

    start();
    ck_assert_int_eq(sched_op_shutdown(v, &op), -EINVAL);
    ck_assert_int_eq(sched_op_shutdown_code(v, &op), -EINVAL);
    ck_assert_uint_eq(fake_domain_calls.shutdowns, 0);
    op.reason = SHUTDOWN_reboot;
    ck_assert_int_eq(sched_op_shutdown(v, &op), 0);
    ck_assert_uint_eq(fake_domain_calls.last_code, SHUTDOWN_reboot);
    ck_assert_int_eq(sched_op_shutdown_code(v, &op), 0);
    ck_assert_uint_eq(d->announced_shutdown, SHUTDOWN_reboot + 1);
}

static long watchdog(uint32_t id, uint32_t seconds)
{
    struct sched_watchdog op = { id, seconds };

    return sched_op_watchdog(v, &op);
}

TEST(sched_op, watchdogs_are_made_patted_and_stopped)
{
    start();
    ck_assert_int_eq(watchdog(0, 0), -EINVAL);
    ck_assert_int_eq(watchdog(1, 1), -EINVAL);
    ck_assert_int_eq(watchdog(DOMAIN_WATCHDOGS + 1, 1), -EINVAL);
    ck_assert_int_eq(watchdog(~0u, 1), -EINVAL);
    ck_assert_int_eq(watchdog(0, 1), 1);
    ck_assert_int_eq(watchdog(0, 5), 2);
    ck_assert_int_eq(watchdog(0, 5), -ENOSPC);

    simulation_run(900 * MS);
    ck_assert_int_eq(watchdog(1, 1), 0);
    simulation_run(900 * MS);
    ck_assert_uint_eq(fake_domain_calls.shutdowns, 0);
    ck_assert_int_eq(watchdog(2, 0), 0);
    ck_assert_int_eq(watchdog(2, 0), -EINVAL);
    simulation_run(200 * MS);
    ck_assert_uint_eq(fake_domain_calls.shutdowns, 1);
    ck_assert_uint_eq(fake_domain_calls.last_code, SHUTDOWN_watchdog);
}

TEST(sched_op, a_watchdog_of_136_years_does_not_bite)
{
    start();
    ck_assert_int_eq(watchdog(0, ~0u), 1);
    simulation_run(100 * MS);
    ck_assert_uint_eq(fake_domain_calls.shutdowns, 0);
}
