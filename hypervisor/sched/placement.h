/* SPDX-License-Identifier: MIT */
/* On which CPU a vCPU is to wait, and how CPUs that idle learn that somebody waits elsewhere. */
#ifndef PARAPET_SCHED_PLACEMENT_H
#define PARAPET_SCHED_PLACEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/vcpu.h"
#include "sched/run_queue.h"

/* By the CPU itself, around its idle loop. */
void placement_cpu_is_idle(uint32_t cpu, bool is_idle);

/* placement_choose - the best CPU for @v now: where it ran if that idles, another idle one, where
 * it ran, the one with the fewest waiting. */
uint32_t placement_choose(const struct vcpu *v);

/* placement_offer - this CPU goes on with one of several: tell a CPU that could take another. */
void placement_offer_now(struct run_queue *queue, uint64_t now);

/* Others are not asked more often. */
#define OFFER_INTERVAL_NS (SLICE_NS / 2)

static inline void placement_offer(struct run_queue *queue, uint64_t now)
{
    if (unlikely(now - queue->offered_ns >= OFFER_INTERVAL_NS) && !list_is_empty(&queue->waiting))
        placement_offer_now(queue, now);
}

#endif
