/* SPDX-License-Identifier: MIT */
/*
 * The clock that a guest reads without a trap: vcpu_time_info.
 *
 * Where all CPUs' TSCs agree, every vCPU gets the same numbers for ever, with the stable flag:
 * then no two vCPUs disagree by even a nanosecond. Where they do not, the numbers are those of the
 * CPU, written anew when the vCPU comes to another one and when the clock is adjusted.
 */
#ifndef PARAPET_SCHED_PVCLOCK_H
#define PARAPET_SCHED_PVCLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "arch/clock.h"
#include "arch/percpu.h"
#include "domain/vcpu.h"

/* What this CPU's clock is now, version 0. */
void pvclock_now(struct vcpu_time_info *out);

/* Bumped when the clock is adjusted; never 0, which is what a new vCPU has. */
extern _Atomic uint32_t pvclock_epoch;

/* Whether @v, which comes to this CPU, has an old clock. pvclock_note: it gets the new one. */
static inline bool pvclock_is_due(const struct vcpu *v)
{
    return v->time.clock_epoch != atomic_load_explicit(&pvclock_epoch, memory_order_relaxed) ||
           (v->time.clock_cpu != this_cpu()->id && !clock_is_stable());
}

void pvclock_note(struct vcpu *v);

/* Write @clock to @v's vcpu_info by the version protocol. */
void pvclock_publish(struct vcpu *v, const struct vcpu_time_info *clock);

/* The clock of all CPUs was adjusted: vCPUs get it when they are next scheduled. */
void pvclock_adjusted(void);

/* Versions around an update, from what is there: odd, then even. */
static inline uint32_t version_begin(uint32_t version)
{
    return (version + 1) | 1;
}

static inline uint32_t version_end(uint32_t version)
{
    return (version + 1) & ~1u;
}

#endif
