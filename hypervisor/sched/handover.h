/* SPDX-License-Identifier: MIT */
/*
 * Whether a running vCPU is interrupted for one that it wakes.
 *
 * Whoever wakes another for each piece of work (a frame to be sent, a block to be read) is to
 * hand over many at once, not each by a switch to the other and back: so nobody who has just
 * begun is interrupted, not even for one that an event woke.
 *
 * But where there is only one piece, its sender falls asleep next, and that is work for its
 * kernel which an answer that is there already would save. Who did so HANDOVER_AFTER times in a
 * row, each time having run only briefly and for less after it woke another than before, is
 * interrupted for whom it wakes. That it would have slept cannot be seen then, so after HANDOVERS
 * times it is let run on once. A wrong guess costs switches, never anybody's share.
 */
#ifndef PARAPET_SCHED_HANDOVER_H
#define PARAPET_SCHED_HANDOVER_H

#include "domain/vcpu.h"
#include "sched/run_queue.h"

#define HANDOVER_AFTER 8u
#define HANDOVERS      16u
#define HANDOVER_NS    250000UL /* longer is not brief */

/* Until when it may go on. */
static inline uint64_t uninterrupted_until(const struct vcpu *running)
{
    return running->schedule.began_ns +
           (running->schedule.boosted ? BOOST_SLICE_NS : UNDISTURBED_NS);
}

static inline bool may_not_be_interrupted(const struct vcpu *running, uint64_t now)
{
    return !running->schedule.hands_over && now < uninterrupted_until(running);
}

static inline void handover_begin(struct vcpu *v)
{
    v->schedule.hands_over = false;
    v->schedule.woke_ns = 0;
}

/* @v has just begun or goes on, and somebody woke on its CPU: whether it hands over. */
static inline bool handover_decide(struct vcpu *v, uint64_t now)
{
    struct vcpu_schedule *s = &v->schedule;

    if (s->soon_count >= HANDOVER_AFTER && s->given_count < HANDOVERS) {
        s->given_count++;
        s->hands_over = true;
        return true;
    }
    s->given_count = 0;
    if (!s->woke_ns)
        s->woke_ns = now;
    return false;
}

/* @v leaves its CPU, to sleep or because it must. */
static inline void handover_end(struct vcpu *v, bool sleeps, uint64_t now)
{
    struct vcpu_schedule *s = &v->schedule;

    if (!s->woke_ns)
        return;
    if (!sleeps || now - s->began_ns >= HANDOVER_NS || now - s->woke_ns >= s->woke_ns - s->began_ns)
        s->soon_count = 0;
    else if (s->soon_count < HANDOVER_AFTER)
        s->soon_count++;
}

#endif
