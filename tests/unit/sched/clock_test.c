/* SPDX-License-Identifier: MIT */
/* The guests' clock, and the areas they register. */
#include <string.h>

#include "arch/arch.h"
#include "lib/errno.h"
#include "sched/areas.h"
#include "sched/pvclock.h"
#include "sched/runstate.h"
#include "sched/scheduler.h"
#include "sched/vcpu_ops.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"
#include "unit/sched/fake_tsc.h"
#include "unit/sched/simulation.h"

#define AREA 0x100000UL

static uint8_t guest_page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static struct vcpu *v;

/* vCPU 0 of a domain with two runs on CPU 0; its memory at AREA is guest_page. */
static void start(void)
{
    simulation_start(2);
    fake_tsc_is_stable = true;
    fake_guest_unmap_all();
    fake_guest_map(AREA, guest_page, PAGE_SIZE, true);
    v = simulation_domain(1, 2, 256, 0)->vcpus[0];
    ck_assert_int_eq(vcpu_set_affinity(v, CPU_MASK(0)), 0);
    simulation_run(MS);
    fake_cpu_become(0);
}

/* What the ABI has a guest compute. */
static uint64_t guest_time(const struct vcpu_time_info *info, uint64_t tsc)
{
    uint64_t ticks = tsc - info->tsc_timestamp;

    ticks = info->tsc_shift >= 0 ? ticks << info->tsc_shift : ticks >> -info->tsc_shift;
    return info->system_time + (uint64_t)((unsigned __int128)ticks * info->tsc_to_system_mul >> 32);
}

TEST(pvclock, a_guest_reads_system_time)
{
    start();
    const struct vcpu_time_info *info = &v->info->time;

    ck_assert_uint_eq(info->version % 2, 0);
    ck_assert_uint_gt(info->version, 0);
    ck_assert_uint_eq(info->flags, XEN_PVCLOCK_TSC_STABLE_BIT);
    for (uint64_t t = 0; t < 1UL << 55; t = t * 3 + 1)
        ck_assert_uint_eq(guest_time(info, clock_tsc_at(t)), t);
}

TEST(pvclock, is_the_same_for_all_vcpus_where_tscs_agree)
{
    start();
    const struct vcpu_time_info *other = &v->domain->vcpus[1]->info->time;

    ck_assert_uint_eq(other->tsc_timestamp, v->info->time.tsc_timestamp);
    ck_assert_uint_eq(other->system_time, v->info->time.system_time);
}

TEST(pvclock, is_written_once_where_tscs_agree)
{
    start();
    uint32_t version = v->info->time.version;

    vcpu_stop(v->domain->vcpus[1], VCPU_PAUSED);
    ck_assert_int_eq(vcpu_set_affinity(v, CPU_MASK(1)), 0);
    simulation_run(5 * MS);
    ck_assert_uint_eq(v->info->time.version, version);
    pvclock_adjusted();
    ck_assert_int_eq(vcpu_set_affinity(v, CPU_MASK(0)), 0);
    simulation_run(5 * MS);
    ck_assert_uint_eq(v->info->time.version, version + 2);
}

TEST(pvclock, follows_the_cpu_where_tscs_differ)
{
    start();
    fake_tsc_is_stable = false;
    fake_tsc_offset[1] = 1000000;
    vcpu_stop(v->domain->vcpus[1], VCPU_PAUSED);
    ck_assert_int_eq(vcpu_set_affinity(v, CPU_MASK(1)), 0);
    fake_cpu_become(1);
    fake_x86.tsc = clock_tsc_at(fake_time_ns);
    simulation_run(5 * MS);
    fake_cpu_become(1);
    ck_assert_ptr_eq(cpu_by_id(1)->current, v);
    ck_assert_uint_eq(v->info->time.flags, 0);
    ck_assert_uint_eq(guest_time(&v->info->time, clock_tsc_at(1UL << 40)), 1UL << 40);
}

TEST(pvclock, versions_are_odd_in_between_and_survive_a_guest_that_writes_them)
{
    ck_assert_uint_eq(version_begin(0), 1);
    ck_assert_uint_eq(version_begin(6), 7);
    ck_assert_uint_eq(version_begin(7) % 2, 1);
    ck_assert_uint_eq(version_end(7), 8);
    ck_assert_uint_eq(version_end(UINT32_MAX), 0);
    ck_assert_uint_eq(version_begin(UINT32_MAX) % 2, 1);

    start();
    v->info->time.version = 12345;
    ck_assert_int_eq(areas_publish_clock(v), 0);
    ck_assert_uint_eq(v->info->time.version % 2, 0);
}

TEST(pvclock, is_copied_to_the_registered_area)
{
    struct vcpu_register_time_memory_area op = { .addr.v = AREA + 64 };

    start();
    ck_assert_int_eq(vcpu_op_register_vcpu_time_memory_area(v, 0, &op), 0);
    struct vcpu_time_info *copy = (void *)(guest_page + 64);
    ck_assert_uint_eq(copy->version % 2, 0);
    ck_assert_uint_eq(copy->tsc_to_system_mul, v->info->time.tsc_to_system_mul);
    ck_assert_uint_eq(guest_time(copy, clock_tsc_at(777)), 777);

    memset(copy, 0, sizeof(*copy));
    pvclock_adjusted();
    vcpu_sleep(v, VCPU_BLOCKED);
    simulation_run(MS);
    simulation_event(v, 0);
    simulation_run(MS);
    ck_assert_uint_eq(guest_time(copy, clock_tsc_at(777)), 777);
}

TEST(areas, an_address_that_faults_is_refused_and_not_kept)
{
    struct vcpu_register_time_memory_area clock = { .addr.v = 0x900000 };
    struct vcpu_register_runstate_memory_area runstate = { .addr.v = HOLE_START };

    start();
    ck_assert_int_eq(vcpu_op_register_vcpu_time_memory_area(v, 0, &clock), -EFAULT);
    ck_assert_int_eq(vcpu_op_register_runstate_memory_area(v, 0, &runstate), -EFAULT);
    runstate.addr.v = AREA + PAGE_SIZE - 8;
    ck_assert_int_eq(vcpu_op_register_runstate_memory_area(v, 0, &runstate), -EFAULT);
    ck_assert_uint_eq(v->time.time_area, 0);
    ck_assert_uint_eq(v->time.runstate_area, 0);
    ck_assert_int_eq(vcpu_op_register_runstate_memory_area(v, 9, &runstate), -ENOENT);
}

static struct vcpu_runstate_info *register_runstate(void)
{
    struct vcpu_register_runstate_memory_area op = { .addr.v = AREA };

    ck_assert_int_eq(vcpu_op_register_runstate_memory_area(v, 0, &op), 0);
    return (void *)guest_page;
}

TEST(areas, runstate_is_there_at_once_and_after_each_switch)
{
    start();
    const struct vcpu_runstate_info *area = register_runstate();

    ck_assert_int_eq(area->state, RUNSTATE_running);
    vcpu_sleep(v, VCPU_BLOCKED);
    simulation_run(3 * MS);
    ck_assert_int_eq(area->state, RUNSTATE_blocked);
    simulation_event(v, 0);
    simulation_run(MS);
    ck_assert_int_eq(area->state, RUNSTATE_running);
    ck_assert_uint_eq(area->time[RUNSTATE_blocked], 3 * MS);
    ck_assert_mem_eq(area, &v->time.runstate, sizeof(*area));
}

TEST(areas, the_update_flag_is_clear_when_it_is_done)
{
    start();
    v->domain->vm_assist = 1u << VMASST_TYPE_runstate_update_flag;
    const struct vcpu_runstate_info *area = register_runstate();

    ck_assert_uint_eq(area->state_entry_time & XEN_RUNSTATE_UPDATE, 0);
    ck_assert_mem_eq(area, &v->time.runstate, sizeof(*area));
}

TEST(areas, of_user_mode_are_written_on_the_kernel_root_before_it_goes_on)
{
    start();
    const struct vcpu_runstate_info *area = register_runstate();

    v->in_kernel = 0;
    v->kernel_cr3 = 0x1000;
    v->user_cr3 = 0x2000;
    fake_x86.cr3_writes = 0;
    memset(guest_page, 0x55, PAGE_SIZE);
    vcpu_sleep(v, VCPU_BLOCKED);
    simulation_run(MS);
    ck_assert_int_eq(area->state, 0x55555555); /* left alone */
    simulation_event(v, 0);
    simulation_run(MS);
    ck_assert_int_eq(area->state, RUNSTATE_running);
    ck_assert_uint_eq(fake_x86.cr3_writes, 2);
    ck_assert_uint_eq(fake_x86.cr3, 0x2000);
}

TEST(areas, that_went_away_are_skipped)
{
    start();
    register_runstate();
    fake_guest_unmap_all();
    vcpu_sleep(v, VCPU_BLOCKED);
    simulation_run(MS);
    simulation_event(v, 0);
    simulation_run(MS);
    ck_assert_ptr_eq(cpu_by_id(0)->current, v);
}
