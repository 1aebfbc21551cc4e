/* SPDX-License-Identifier: MIT */
/*
 * The report. It trusts as little as it can: no lock is waited for, no heap is used, stacks are
 * read within bounds only. If it fails itself, the machine stops without a second report.
 */
#include "console/panic.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>

#include "arch/ipi.h"
#include "arch/percpu.h"
#include "arch/reboot.h"
#include "arch/x86.h"
#include "console/backtrace.h"
#include "console/printk.h"
#include "console/trace.h"
#include "lib/assert.h"
#include "lib/format.h"

#define TRACE_RECORDS_REPORTED 16u

void (*panic_describe_vcpu)(void);

static _Atomic uint32_t reporting_cpu; /* id + 1; 0: no panic yet */

/* Only the first CPU to come here goes on, and only once. */
static void become_the_reporter(void)
{
    uint32_t nobody = 0;
    uint32_t me = this_cpu()->id + 1;

    if (atomic_compare_exchange_strong(&reporting_cpu, &nobody, me)) {
        cpu_stop_others();
        console_break_locks();
        return;
    }
    if (nobody != me)
        cpu_halt_forever();
    if (this_cpu()->in_panic++ == 0)
        log_error("panic within the report of a panic");
    machine_stop();
}

static void print_registers(const struct trap_frame *f)
{
    log_error("  rip %04lx:%016lx rsp %04lx:%016lx rflags %08lx", f->cs, f->rip, f->ss, f->rsp,
              f->rflags);
    log_error("  rax %016lx rbx %016lx rcx %016lx rdx %016lx", f->rax, f->rbx, f->rcx, f->rdx);
    log_error("  rsi %016lx rdi %016lx rbp %016lx r8  %016lx", f->rsi, f->rdi, f->rbp, f->r8);
    log_error("  r9  %016lx r10 %016lx r11 %016lx r12 %016lx", f->r9, f->r10, f->r11, f->r12);
    log_error("  r13 %016lx r14 %016lx r15 %016lx", f->r13, f->r14, f->r15);
    log_error("  vector %u error code %#x", f->vector, f->error_code);
}

static void print_control_registers(void)
{
    log_error("  cr0 %08lx cr2 %016lx cr3 %016lx cr4 %08lx", read_cr0(), read_cr2(), read_cr3(),
              read_cr4());
}

void report_frame(const struct trap_frame *frame)
{
    print_registers(frame);
    print_control_registers();
    backtrace_print(frame->rip, frame->rbp);
}

static void print_traces(void)
{
    uint32_t cpus = cpu_count ? cpu_count : 1;

    for (uint32_t id = 0; id < cpus; id++) {
        const struct cpu *cpu = id == this_cpu()->id ? this_cpu() : cpu_by_id(id);
        if (!cpu->trace || !cpu->trace->written)
            continue;
        log_error("last trace records of CPU %u:", id);
        trace_print(LOG_ERROR, cpu->trace, TRACE_RECORDS_REPORTED);
    }
}

static NORETURN void finish_report(void)
{
    if (panic_describe_vcpu)
        panic_describe_vcpu();
    print_traces();
    log_error("end of report");
    machine_stop();
}

static void print_cause(const char *format, va_list values)
{
    char text[LOG_LINE_MAX];

    format_buffer_va(text, sizeof(text), format, values);
    log_error("PANIC on CPU %u: %s", this_cpu()->id, text);
}

void panic(const char *format, ...)
{
    va_list values;

    become_the_reporter();
    va_start(values, format);
    print_cause(format, values);
    va_end(values);
    print_control_registers();
    backtrace_print((uint64_t)__builtin_return_address(0),
                    *(const uint64_t *)__builtin_frame_address(0));
    finish_report();
}

void panic_with_frame(const struct trap_frame *frame, const char *format, ...)
{
    va_list values;

    become_the_reporter();
    va_start(values, format);
    print_cause(format, values);
    va_end(values);
    report_frame(frame);
    finish_report();
}

void assertion_failed(const char *file, int line, const char *condition)
{
    panic("%s:%d: %s does not hold", file, line, condition);
}

void boot_failure(const char *format, ...)
{
    va_list values;

    console_break_locks();
    va_start(values, format);
    printk_va(LOG_ERROR, format, values);
    va_end(values);
    machine_stop();
}
