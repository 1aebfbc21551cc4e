/* SPDX-License-Identifier: MIT */
/*
 * The areas that a guest registers by its own virtual address: runstate, second copy of the clock.
 *
 * They are written only while the vCPU's kernel root is loaded: when it leaves a CPU in guest
 * kernel mode, and when it comes to one. A vCPU that leaves in user mode has its area
 * brought up to date before its kernel can look again. An address that faults is skipped.
 */
#ifndef PARAPET_SCHED_AREAS_H
#define PARAPET_SCHED_AREAS_H

#include "domain/vcpu.h"
#include "lib/compiler.h"
#include "sched/pvclock.h"

/* The current vCPU leaves this CPU, its new runstate set. Locks may be held. */
void areas_publish_leaving_now(struct vcpu *v);

static inline void areas_publish_leaving(struct vcpu *v)
{
    if (v->time.runstate_area && v->in_kernel)
        areas_publish_leaving_now(v);
}

/* It came to this CPU, its root is loaded. The clock is written to vcpu_info as well, if due. */
void areas_publish_arriving_now(struct vcpu *v);

static inline void areas_publish_arriving(struct vcpu *v)
{
    if (v->time.runstate_area || unlikely(pvclock_is_due(v)))
        areas_publish_arriving_now(v);
}

/* The caller registered an area, of itself or of a vCPU @v that is not running: fill it now,
 * through the caller's kernel root. 0 or -EFAULT. */
int areas_publish_runstate(struct vcpu *v);
int areas_publish_clock(struct vcpu *v);

#endif
