/* SPDX-License-Identifier: MIT */
#include "console/trace.h"

#include <string.h>

#include "console/printk.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"

static char text[0x10000];

static void print(unsigned count)
{
    uint64_t position = 0;

    log_ring_clear();
    trace_print(LOG_ERROR, this_cpu()->trace, count);
    text[log_ring_read(&position, text, sizeof(text) - 1)] = '\0';
}

TEST(trace, a_record_has_event_time_and_values)
{
    char line[160];

    fake_x86.tsc = 0x1234;
    trace(TRACE_TRAP, 14, 2, 0xffff810000001000);
    size_t length = trace_format(&this_cpu()->trace->records[0], line, sizeof(line));
    ck_assert_str_eq(line, "          1234 trap 14 error 0x2 rip 0xffff810000001000");
    ck_assert_uint_eq(length, strlen(line));
}

TEST(trace, the_oldest_is_overwritten)
{
    for (uint64_t i = 0; i < TRACE_RECORDS + 3; i++)
        trace(TRACE_HYPERCALL, i, 0, 0);
    ck_assert_uint_eq(this_cpu()->trace->written, TRACE_RECORDS + 3);
    ck_assert_uint_eq(this_cpu()->trace->records[0].values[0], TRACE_RECORDS);
    ck_assert_uint_eq(this_cpu()->trace->records[3].values[0], 3);
}

TEST(trace, prints_the_last_ones_oldest_first)
{
    for (uint64_t i = 0; i < 10; i++)
        trace(TRACE_HYPERCALL, i, 0, 0);
    print(3);
    ck_assert_ptr_null(strstr(text, "hypercall 6 "));
    const char *seventh = strstr(text, "hypercall 7 ");
    const char *ninth = strstr(text, "hypercall 9 ");
    ck_assert(seventh && ninth && seventh < ninth);
    print(100);
    ck_assert_ptr_nonnull(strstr(text, "hypercall 0 "));
    print(0);
    ck_assert_str_eq(text, "");
}

TEST(trace, prints_no_more_than_the_ring_has)
{
    for (uint64_t i = 0; i < 3 * TRACE_RECORDS; i++)
        trace(TRACE_HYPERCALL, i, 0, 0);
    print(5 * TRACE_RECORDS);
    unsigned lines = 0;
    for (const char *at = text; *at; at++)
        lines += *at == '\n';
    ck_assert_uint_eq(lines, TRACE_RECORDS);
}

TEST(trace, each_cpu_has_its_own)
{
    fake_cpus_start(2);
    trace(TRACE_NMI, 1, 0, 0);
    fake_cpu_become(1);
    trace(TRACE_IDLE, 2, 0, 0);
    ck_assert_uint_eq(cpu_by_id(0)->trace->written, 1);
    ck_assert_uint_eq(cpu_by_id(1)->trace->written, 1);
    ck_assert_uint_eq(cpu_by_id(0)->trace->records[0].values[0], 1);
    ck_assert_uint_eq(cpu_by_id(1)->trace->records[0].values[0], 2);
}

TEST(trace, every_format_takes_three_values)
{
    for (unsigned event = 0; event < 256; event++) {
        const struct trace_record *record = &this_cpu()->trace->records[event];
        char line[200];

        /* Numbers that have no row print as well. */
        trace((enum trace_event)event, 111, 222, 333);
        ck_assert_uint_lt(trace_format(record, line, sizeof(line)), sizeof(line));
        ck_assert_uint_gt(strlen(line), 15);
        ck_assert_ptr_null(strchr(line, '%'));
    }
}

TEST(trace, a_short_buffer_is_not_overrun)
{
    trace(TRACE_TRAP, 1, 2, 3);
    for (size_t bytes = 0; bytes < 60; bytes++) {
        char line[64];

        memset(line, '~', sizeof(line));
        trace_format(&this_cpu()->trace->records[0], line, bytes);
        ck_assert_int_eq(line[bytes], '~');
    }
}
