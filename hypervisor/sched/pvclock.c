/* SPDX-License-Identifier: MIT */
/* The clock in vcpu_info. */
#include "sched/pvclock.h"

#include "arch/arch.h"
#include "lib/barrier.h"

static _Atomic uint32_t clock_epoch = 1; /* never 0: that is what a new vCPU has */

void pvclock_adjusted(void)
{
    if (atomic_fetch_add(&clock_epoch, 1) == UINT32_MAX)
        atomic_fetch_add(&clock_epoch, 1);
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

bool pvclock_is_due(struct vcpu *v)
{
    uint32_t epoch = atomic_load_explicit(&clock_epoch, memory_order_relaxed);
    uint32_t cpu = this_cpu()->id;

    if (likely(v->time.clock_epoch == epoch && (v->time.clock_cpu == cpu || clock_is_stable())))
        return false;
    v->time.clock_epoch = epoch;
    v->time.clock_cpu = cpu;
    return true;
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
