/* SPDX-License-Identifier: MIT */
/*
 * The timers of a vCPU: one-shot, periodic, and the end of a poll. All three share one timer
 * entry, set for the earliest. Deadlines are system time in nanoseconds; a one-shot or periodic
 * timer that expires sends VIRQ_TIMER.
 */
#ifndef PARAPET_SCHED_VCPU_TIMER_H
#define PARAPET_SCHED_VCPU_TIMER_H

#include <stdint.h>

#include "domain/vcpu.h"
#include "lib/compiler.h"

#define PERIODIC_TIMER_MIN_NS 1000000UL

void vcpu_timer_init(struct vcpu *v);
void vcpu_timer_close(struct vcpu *v);

/* One-shot, in place of the one that was set; a deadline that is past expires at once. */
void vcpu_timer_set_singleshot(struct vcpu *v, uint64_t deadline_ns);
void vcpu_timer_stop_singleshot(struct vcpu *v);

/* 0, or -EINVAL for a period that is too short or absurdly long. */
MUST_CHECK int vcpu_timer_set_periodic(struct vcpu *v, uint64_t period_ns);
void vcpu_timer_stop_periodic(struct vcpu *v);

/* The end of a poll: wakes the vCPU from VCPU_POLLING. 0: none. */
void vcpu_timer_set_poll(struct vcpu *v, uint64_t deadline_ns);

/* Whether @deadline_ns lies in the past. Deadlines are compared as signed numbers, as the ABI
 * has them: 2^63 and more is long ago, not far ahead (XSA-20). */
static inline bool deadline_is_past(uint64_t deadline_ns, uint64_t now_ns)
{
    return (int64_t)deadline_ns <= (int64_t)now_ns;
}

#endif
