/* SPDX-License-Identifier: MIT */
/*
 * The trace: what each CPU did last, always on.
 *
 * Each CPU writes its own ring without a lock, in about a dozen instructions; the oldest record
 * is overwritten. A panic prints the last records of every CPU. The events and the formats of
 * their values are rows of console/trace_events.def.
 */
#ifndef PARAPET_CONSOLE_TRACE_H
#define PARAPET_CONSOLE_TRACE_H

#include <stdint.h>

#include "arch/percpu.h"
#include "arch/x86.h"
#include "console/printk.h"

enum trace_event {
#define TRACE_EVENT(name, format) TRACE_##name,
#include "console/trace_events.def"
#undef TRACE_EVENT
    TRACE_EVENT_COUNT,
};

#define TRACE_RECORDS 512u /* per CPU, a power of two */

struct trace_record {
    uint32_t time_low;  /* time-stamp counter, bits 0-31 */
    uint16_t time_high; /* bits 32-47: a day or so, then it starts again */
    uint16_t event;
    uint64_t values[3];
};
_Static_assert(sizeof(struct trace_record) == 32, "an index is a shift");

struct trace_ring {
    uint64_t written; /* records ever written; only the owner changes it */
    uint64_t reserved[3];
    struct trace_record records[TRACE_RECORDS];
};

/* The boot CPU's ring, to be used before there is a heap; cpu->trace must never be NULL. */
extern struct trace_ring trace_boot_ring;

static inline void trace(enum trace_event event, uint64_t a, uint64_t b, uint64_t c)
{
    struct trace_ring *ring = this_cpu()->trace;
    struct trace_record *record = &ring->records[ring->written++ % TRACE_RECORDS];
    uint32_t time_low, time_high;

    rdtsc_halves(&time_low, &time_high);
    record->time_low = time_low;
    record->time_high = (uint16_t)time_high;
    record->event = (uint16_t)event;
    record->values[0] = a;
    record->values[1] = b;
    record->values[2] = c;
}

/* Logs the last @count records of a ring, oldest first. Reads a foreign CPU's ring as it is. */
void trace_print(enum log_level level, const struct trace_ring *ring, unsigned count);

/* Formats one record without a newline; returns the length as format_buffer() does. */
size_t trace_format(const struct trace_record *record, char *buffer, size_t bytes);

#endif
