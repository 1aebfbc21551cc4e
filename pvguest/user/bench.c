/* SPDX-License-Identifier: MIT */
/*
 * The microbenchmarks: what basic operations cost, one line each, in nanoseconds. Under
 * `qemu -icount shift=0` a nanosecond is an instruction.
 */
#include "user/user.h"

static void report(const char *what, int64_t total_ns, uint64_t times)
{
    struct line line = { .used = 0 };

    line_text(&line, "bench ");
    line_padded(&line, what, 32);
    if (total_ns < 0) {
        line_text(&line, "    not here");
    } else {
        line_number(&line, ((uint64_t)total_ns + times / 2) / times, 9);
        line_text(&line, " ns");
    }
    line_write(&line);
}

static int64_t now(void)
{
    return call0(clock);
}

static void bench_syscall(void)
{
    int64_t start = now();

    for (int i = 0; i < 1000; i++)
        call0(getpid);
    report("null system call", now() - start, 1000);
}

static void bench_page_fault(void)
{
    char *memory = (char *)call1(mmap, 256 * 4096);
    int64_t start = now();

    for (int i = 0; i < 256; i++)
        memory[i * 4096] = 1;
    report("page fault", now() - start, 256);
}

/* Two processes on one CPU hand it to each other. */
static void bench_context_switch(void)
{
    int code;
    int64_t pid = call0(fork);
    int64_t start = now();

    for (int i = 0; i < 500; i++)
        call0(yield);
    if (pid == 0)
        call1(exit, 0);
    report("context switch", now() - start, 1000);
    call1(wait, &code);
}

static void bench_fork(bool with_exec, const char *what)
{
    int code;
    int64_t start = now();

    for (int i = 0; i < 20; i++) {
        if (call0(fork) == 0) {
            if (with_exec)
                call1(exec, "nothing");
            call1(exit, 0);
        }
        call1(wait, &code);
    }
    report(what, now() - start, 20);
}

static void bench_measured(uint32_t kind, const char *what)
{
    report(what, call2(measure, kind, 1000), 1000);
}

int main(void)
{
    call1(pin, 0);
    bench_syscall();
    bench_page_fault();
    bench_context_switch();
    bench_fork(false, "fork, exit, wait");
    bench_fork(true, "fork, exec, exit, wait");
    bench_measured(MEASURE_HYPERCALL, "null hypercall");
    bench_measured(MEASURE_EVENT, "event round trip of two CPUs");
    bench_measured(MEASURE_PTE_SINGLE, "page-table update, single");
    bench_measured(MEASURE_PTE_BATCH, "page-table update, in batches");
    say("bench: done");
    return 0;
}
