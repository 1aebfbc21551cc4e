/* SPDX-License-Identifier: MIT */
/*
 * How long a vCPU was running, runnable (waiting for a CPU: stolen time), blocked, offline.
 *
 * v->time.runstate is guarded by the lock of the vCPU's run queue. What the guest sees is a copy
 * (sched/areas.h).
 */
#ifndef PARAPET_SCHED_RUNSTATE_H
#define PARAPET_SCHED_RUNSTATE_H

#include <stdint.h>

#include "domain/vcpu.h"

void runstate_init(struct vcpu *v, uint64_t now);

/* The vCPU enters @state (RUNSTATE_*). The queue's lock is held. */
static inline void runstate_set(struct vcpu *v, int32_t state, uint64_t now)
{
    struct vcpu_runstate_info *runstate = &v->time.runstate;

    /* Clocks of two CPUs may differ a little; time does not go back. */
    if (likely(now > runstate->state_entry_time)) {
        runstate->time[runstate->state] += now - runstate->state_entry_time;
        runstate->state_entry_time = now;
    }
    runstate->state = state;
}

/* The state of one that may not run: RUNSTATE_blocked if it chose to sleep, else offline. */
int32_t runstate_while_blocked(const struct vcpu *v);

/* A consistent copy: as of the last change, or with the time since then counted in. */
void runstate_copy(struct vcpu *v, struct vcpu_runstate_info *out);
void runstate_read(struct vcpu *v, struct vcpu_runstate_info *out);

/* Nanoseconds that it was running. */
uint64_t vcpu_cpu_time_ns(struct vcpu *v);

#endif
