/* SPDX-License-Identifier: MIT */
/*
 * One thing that is to happen at a time: a member of a CPU's timer queue.
 *
 * Only the data is here, for the structures that contain one; sched/timer.h has the functions.
 */
#ifndef PARAPET_DOMAIN_TIMER_ENTRY_H
#define PARAPET_DOMAIN_TIMER_ENTRY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/list.h"

struct timer_entry {
    struct list link;
    uint64_t deadline_ns; /* while queued */
    /* Called on the CPU of the queue, without locks, when system time is at or past the deadline. */
    void (*expire)(struct timer_entry *entry);
    _Atomic uint32_t cpu; /* whose queue it is in, or was last; that queue's lock guards the rest */
    bool is_queued;
    bool is_closed; /* for ever: its owner goes */
};

#endif
