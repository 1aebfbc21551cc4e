/* SPDX-License-Identifier: MIT */
/*
 * What a program expects of the kernel, checked from user mode: processes, memory that is
 * shared only until it is written, faults that kill their process and nobody else.
 */
#include "user/user.h"

static int failures;

static void check(bool holds, const char *what)
{
    struct line line = { .used = 0 };

    line_text(&line, holds ? "ok   " : "FAIL ");
    line_text(&line, what);
    line_write(&line);
    failures += !holds;
}

static int wait_for(int64_t pid)
{
    int code = -1000;

    return call1(wait, &code) == pid ? code : -1000;
}

static void check_fork_copies(void)
{
    static volatile int shared = 1;
    int64_t pid = call0(fork);

    if (pid == 0) {
        shared = 2;
        call1(exit, shared + 40);
    }
    check(pid > 1 && wait_for(pid) == 42, "fork: the child runs and its exit code arrives");
    check(shared == 1, "fork: a write of the child stays in the child");
    shared = 3;
    check(shared == 3, "fork: the parent can still write");
}

static void check_mmap(void)
{
    uint64_t *memory = (uint64_t *)call1(mmap, 1 << 20);
    bool is_zero = true;

    for (size_t i = 0; i < (1 << 20) / sizeof(*memory); i += 512) {
        is_zero = is_zero && memory[i] == 0;
        memory[i] = i;
    }
    check(is_zero, "mmap: memory is zero at first");
    check(memory[512 * 7] == 512 * 7, "mmap: memory keeps what is written");
    check(call1(mmap, 0) < 0, "mmap: nothing is refused");
}

static void child_that_faults(void)
{
    static const volatile uint64_t near_null = 0x10;

    *(volatile int *)near_null = 1;
}

static void child_that_writes_text(void)
{
    *(volatile char *)(uint64_t)check = 1;
}

static void child_that_uses_kernel_memory(void)
{
    *(volatile char *)0xffffffff80100000UL = 1;
}

static void child_that_jumps_to_data(void)
{
    static volatile uint8_t code[16] = { 0xc3 };
    void (*function)(void) = (void (*)(void))(uint64_t)code;

    function();
}

static void child_that_halts(void)
{
    __asm__ volatile("hlt");
}

static void check_killed(void (*crime)(void), const char *what)
{
    int64_t pid = call0(fork);

    if (pid == 0) {
        crime();
        call1(exit, 0);
    }
    check(pid > 0 && wait_for(pid) == -1, what);
}

static void check_exec(void)
{
    int64_t pid = call0(fork);

    if (pid == 0) {
        call1(exec, "hello");
        call1(exit, 99);
    }
    check(pid > 0 && wait_for(pid) == 0, "exec: the new program runs and ends");
    check(call1(exec, "no such program") < 0, "exec: an unknown program is refused");
}

static void check_bad_arguments(void)
{
    check(call2(write, 0xffffffff80100000UL, 4) < 0, "write: kernel memory is refused");
    check(call2(write, 0x10, 4) < 0, "write: unmapped memory is refused");
    check(call1(wait, 0) < 0, "wait: a bad address is refused");
    check(call(1000, 0, 0, 0) == -SYSCALL_UNKNOWN, "an unknown system call is refused");
}

static void check_many(void)
{
    int good = 0;

    for (int i = 0; i < 20; i++) {
        int64_t pid = call0(fork);

        if (pid == 0) {
            for (int j = 0; j < 10; j++)
                call0(yield);
            call1(exit, i);
        }
        good += pid > 0;
    }
    int sum = 0, code;

    while (call1(wait, &code) > 0)
        sum += code;
    check(good == 20 && sum == 190, "twenty children take turns and end");
}

int main(void)
{
    check(call0(getpid) == 1, "getpid: the first process is 1");
    check_fork_copies();
    check_mmap();
    check_killed(child_that_faults, "a fault at a null pointer kills the child only");
    check_killed(child_that_writes_text, "text is not writable");
    check_killed(child_that_uses_kernel_memory, "kernel memory is out of reach");
    check_killed(child_that_jumps_to_data, "data is not executable");
    check_killed(child_that_halts, "hlt is not for programs");
    check_exec();
    check_bad_arguments();
    check_many();
    say(failures ? "selftest: FAILED" : "selftest: all passed");
    return failures ? 1 : 0;
}
