/* SPDX-License-Identifier: MIT */
/* Runstates. */
#include "sched/runstate.h"

#include "arch/arch.h"
#include "lib/assert.h"
#include "sched/run_queue.h"

void runstate_init(struct vcpu *v, uint64_t now)
{
    v->time.runstate = (struct vcpu_runstate_info){
        .state = RUNSTATE_offline,
        .state_entry_time = now,
    };
}

int32_t runstate_while_blocked(const struct vcpu *v)
{
    uint32_t reasons = atomic_load_explicit(&v->blocked_by, memory_order_relaxed);

    return reasons & ~(uint32_t)(VCPU_BLOCKED | VCPU_POLLING) ? RUNSTATE_offline : RUNSTATE_blocked;
}

void runstate_copy(struct vcpu *v, struct vcpu_runstate_info *out)
{
    struct run_queue *queue = run_queue_lock(v);

    *out = v->time.runstate;
    spin_unlock(&queue->lock);
}

void runstate_read(struct vcpu *v, struct vcpu_runstate_info *out)
{
    uint64_t now;

    runstate_copy(v, out);
    now = system_time_ns();
    if (now > out->state_entry_time)
        out->time[out->state] += now - out->state_entry_time;
}

uint64_t vcpu_cpu_time_ns(struct vcpu *v)
{
    struct vcpu_runstate_info runstate;

    runstate_read(v, &runstate);
    return runstate.time[RUNSTATE_running];
}
