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

#include <stdbool.h>
#include <stdint.h>

#include "domain/vcpu.h"

/* What this CPU's clock is now, version 0. */
void pvclock_now(struct vcpu_time_info *out);

/* Whether @v, which comes to this CPU, has an old clock; notes that it gets the new one. */
bool pvclock_is_due(struct vcpu *v);

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
