/* SPDX-License-Identifier: MIT */
/* The report as it ends up in the log; machine_stop() jumps back into the test. */
#include "console/panic.h"

#include <setjmp.h>
#include <string.h>

#include "arch/ipi.h"
#include "arch/reboot.h"
#include "console/printk.h"
#include "console/trace.h"
#include "lib/assert.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"

static jmp_buf stopped;
static char report[0x10000];

void machine_stop(void)
{
    longjmp(stopped, 1);
}

static const char *read_report(void)
{
    uint64_t position = 0;

    report[log_ring_read(&position, report, sizeof(report) - 1)] = '\0';
    return report;
}

static void contains(const char *text)
{
    ck_assert_msg(strstr(report, text), "no \"%s\" in:\n%s", text, report);
}

TEST(panic, names_cause_cpu_and_control_registers)
{
    fake_x86.cr2 = 0x1122334455667788;
    if (!setjmp(stopped))
        panic("cause %d", 42);
    read_report();
    contains("PANIC on CPU 0: cause 42");
    contains("cr2 1122334455667788");
    contains("end of report");
}

TEST(panic, shows_registers_and_names_of_a_fault)
{
    uint64_t *frame = (uint64_t *)(CPU_REGIONS_VIRT + 13 * PAGE_SIZE);
    struct trap_frame trap = { .rip = 0xffff810000102050,
                               .cs = 0xe008,
                               .rax = 0xaaaa,
                               .r15 = 0xffff,
                               .vector = 14,
                               .error_code = 2,
                               .rbp = (uint64_t)frame };

    frame[0] = 0;
    frame[1] = 0xffff810000180010;
    if (!setjmp(stopped))
        panic_with_frame(&trap, "page fault");
    read_report();
    contains("page fault");
    contains("rip e008:ffff810000102050");
    contains("rax 000000000000aaaa");
    contains("r15 000000000000ffff");
    contains("vector 14 error code 0x2");
    contains("at   ffff810000102050 domain_create+0x50");
    contains("from ffff810000180010 frame_alloc+0x10");
}

static void describe(void)
{
    log_error("running: d5v1");
}

TEST(panic, shows_the_vcpu_and_each_cpus_trace)
{
    fake_cpus_start(2);
    panic_describe_vcpu = describe;
    trace(TRACE_NMI, 0xabc, 0, 0);
    fake_cpu_become(1);
    trace(TRACE_TRAP, 13, 0, 0x123);
    if (!setjmp(stopped))
        panic("two CPUs");
    read_report();
    contains("PANIC on CPU 1");
    contains("running: d5v1");
    contains("last trace records of CPU 0:");
    contains("NMI reason 0xabc");
    contains("trap 13");
}

TEST(panic, assertion_is_a_panic_that_names_itself)
{
    if (!setjmp(stopped))
        MUST(1 + 1 == 3);
    read_report();
    contains("panic_test.c:");
    contains("1 + 1 == 3 does not hold");
}

TEST(panic, failing_in_the_report_stops_at_once)
{
    panic_describe_vcpu = describe;
    if (!setjmp(stopped))
        panic("first");
    log_ring_clear();
    if (!setjmp(stopped))
        panic("second");
    read_report();
    contains("panic within the report");
    ck_assert_ptr_null(strstr(report, "second"));
    log_ring_clear();
    if (!setjmp(stopped))
        panic("third");
    ck_assert_str_eq(read_report(), "");
}

TEST(panic, boot_failure_is_one_line)
{
    if (!setjmp(stopped))
        boot_failure("no memory at all");
    ck_assert_str_eq(read_report(), "[    0.000000] error: no memory at all\n");
}
