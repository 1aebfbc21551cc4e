/* SPDX-License-Identifier: MIT */
#include "console/trace.h"

#include "console/printk.h"
#include "lib/format.h"

#define LINE_MAX_BYTES 160u

struct trace_ring trace_boot_ring;

static const struct {
    const char *name;
    const char *format;
} events[] = {
#define TRACE_EVENT(name, format) { #name, format },
#include "console/trace_events.def"
#undef TRACE_EVENT
};

size_t trace_format(const struct trace_record *record, char *buffer, size_t bytes)
{
    unsigned event = record->event;
    uint64_t time = (uint64_t)record->time_high << 32 | record->time_low;
    const char *format = event < TRACE_EVENT_COUNT ? events[event].format : "? %lx %lx %lx";

    size_t length = format_buffer(buffer, bytes, "%14lx ", time);
    size_t used = length < bytes ? length : bytes;
    return length + format_buffer(buffer + used, bytes - used, format, record->values[0],
                                  record->values[1], record->values[2]);
}

void trace_print(enum log_level level, const struct trace_ring *ring, unsigned count)
{
    char line[LINE_MAX_BYTES];
    uint64_t written = ring->written;
    uint64_t first = written > count ? written - count : 0;

    if (written - first > TRACE_RECORDS)
        first = written - TRACE_RECORDS;
    for (uint64_t i = first; i < written; i++) {
        /* A copy, since its CPU may go on. */
        struct trace_record record = ring->records[i % TRACE_RECORDS];
        trace_format(&record, line, sizeof(line));
        printk(level, "  %s", line);
    }
}
