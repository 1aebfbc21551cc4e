/* SPDX-License-Identifier: MIT */
/* The clock in vcpu_info. */
#include "sched/pvclock.h"

#include "arch/arch.h"
#include "lib/barrier.h"

_Atomic uint32_t pvclock_epoch = 1;

void pvclock_adjusted(void)
{
    if (atomic_fetch_add(&pvclock_epoch, 1) == UINT32_MAX)
        atomic_fetch_add(&pvclock_epoch, 1);
}

void pvclock_now(struct vcpu_time_info *out)
{
    struct clock_scale scale = clock_tsc_scale();
    /* The beginning of system time is as good a reference as any, and the same for all. */
    uint64_t tsc = clock_is_stable() ? clock_tsc_at(0) : rdtsc_ordered();

    *out = (struct vcpu_time_info){
        .tsc_timestamp = tsc,
        .system_time = clock_time_at(tsc),
        .tsc_to_system_mul = scale.mul,
        .tsc_shift = scale.shift,
        .flags = clock_is_stable() ? XEN_PVCLOCK_TSC_STABLE_BIT : 0,
    };
}

void pvclock_note(struct vcpu *v)
{
    v->time.clock_epoch = atomic_load_explicit(&pvclock_epoch, memory_order_relaxed);
    v->time.clock_cpu = this_cpu()->id;
}

void pvclock_publish(struct vcpu *v, const struct vcpu_time_info *clock)
{
    struct vcpu_time_info *shared = &v->info->time;
    uint32_t version = version_begin(READ_ONCE(shared->version));

    WRITE_ONCE(shared->version, version);
    barrier_store();
    WRITE_ONCE(shared->tsc_timestamp, clock->tsc_timestamp);
    WRITE_ONCE(shared->system_time, clock->system_time);
    WRITE_ONCE(shared->tsc_to_system_mul, clock->tsc_to_system_mul);
    WRITE_ONCE(shared->tsc_shift, clock->tsc_shift);
    WRITE_ONCE(shared->flags, clock->flags);
    barrier_store();
    WRITE_ONCE(shared->version, version_end(version));
}
