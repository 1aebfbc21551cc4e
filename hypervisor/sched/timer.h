/* SPDX-License-Identifier: MIT */
/*
 * Timers: each CPU has a queue of entries by deadline, and one hardware timer for the first.
 *
 * An entry is put into the queue of the CPU that sets it and expires there, in its
 * return-to-guest or idle path, with no lock held. Functions may be called with any lock held
 * that comes before LOCK_TIMER, except timer_close().
 */
#ifndef PARAPET_SCHED_TIMER_H
#define PARAPET_SCHED_TIMER_H

#include <stdint.h>

#include "domain/timer_entry.h"
#include "lib/compiler.h"

#define TIMER_NEVER (~0UL)

/* Once per CPU @id, before it has a guest or a timer. 0 or -ENOMEM. */
MUST_CHECK int timer_cpu_create(uint32_t id);

void timer_init(struct timer_entry *entry, void (*expire)(struct timer_entry *entry));

/* timer_set - expire at @deadline_ns of system time (at once if it is past), instead of at an
 * earlier choice. An entry that was closed stays quiet. */
void timer_set(struct timer_entry *entry, uint64_t deadline_ns);

/* timer_cancel - not queued on return; its function may just be running elsewhere. */
void timer_cancel(struct timer_entry *entry);

/* timer_close - never to expire again, and its function is not running on return. No lock held;
 * not from within the function. */
void timer_close(struct timer_entry *entry);

/* timer_set_slice - when this CPU must choose a vCPU again (TIMER_NEVER: no need). */
void timer_set_slice(uint64_t deadline_ns);

/* timer_limit_slice - at @deadline_ns at the latest. */
void timer_limit_slice(uint64_t deadline_ns);

/* timer_softirq - expire what is due on this CPU. */
void timer_softirq(void);

#endif
