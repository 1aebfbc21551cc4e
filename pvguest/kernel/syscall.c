/* SPDX-License-Identifier: MIT */
/* The table of system calls. User memory is used directly, after its range was checked. */
#include "kernel/measure.h"
#include "kernel/page.h"
#include "kernel/print.h"
#include "kernel/process.h"
#include "kernel/string.h"
#include "kernel/syscall_numbers.h"
#include "kernel/text.h"
#include "kernel/thread.h"

#define NAME_BYTES 32u

static int copy_name(char to[NAME_BYTES], uint64_t address)
{
    const char *from = (const char *)address;

    for (uint32_t i = 0; i < NAME_BYTES; i++) {
        if (!vm_range_ok(process_current(), address + i, 1, false))
            return -SYSCALL_BAD_ADDRESS;
        to[i] = from[i];
        if (!to[i])
            return 0;
    }
    return -SYSCALL_INVALID;
}

static int64_t give_text(const char *text, uint64_t to, uint64_t bytes)
{
    size_t length = strlen(text) + 1;

    if (length > bytes)
        return -SYSCALL_INVALID;
    if (!vm_range_ok(process_current(), to, length, true))
        return -SYSCALL_BAD_ADDRESS;
    memcpy((void *)to, text, length);
    return (int64_t)length - 1;
}

static int64_t syscall_write(struct trap_frame *frame)
{
    if (!vm_range_ok(process_current(), frame->rdi, frame->rsi, false))
        return -SYSCALL_BAD_ADDRESS;
    bottom_console_write((const char *)frame->rdi, frame->rsi);
    return (int64_t)frame->rsi;
}

static int64_t syscall_getpid(struct trap_frame *frame)
{
    (void)frame;
    return process_current()->pid;
}

static int64_t syscall_yield(struct trap_frame *frame)
{
    (void)frame;
    thread_yield();
    return 0;
}

static int64_t syscall_fork(struct trap_frame *frame)
{
    return process_fork(frame);
}

static int64_t syscall_exec(struct trap_frame *frame)
{
    char name[NAME_BYTES];
    int error = copy_name(name, frame->rdi);

    return error ? error : process_exec(name, frame);
}

static int64_t syscall_mmap(struct trap_frame *frame)
{
    struct process *process = process_current();
    uint64_t bytes = (frame->rdi + PAGE_SIZE - 1) & PAGE_MASK;
    struct region region = { process->mmap_next, process->mmap_next + bytes, true, false };

    if (!bytes || bytes > USER_END || vm_region_add(process, region))
        return -SYSCALL_INVALID;
    process->mmap_next = region.end + PAGE_SIZE;
    return (int64_t)region.start;
}

static int64_t syscall_exit(struct trap_frame *frame)
{
    process_exit((int32_t)frame->rdi);
}

static int64_t syscall_wait(struct trap_frame *frame)
{
    int32_t code = 0;

    if (!vm_range_ok(process_current(), frame->rdi, sizeof(code), true))
        return -SYSCALL_BAD_ADDRESS;
    int64_t pid = process_wait(&code);

    if (pid > 0)
        *(int32_t *)frame->rdi = code;
    return pid;
}

static int64_t syscall_clock(struct trap_frame *frame)
{
    (void)frame;
    return (int64_t)bottom_clock_ns();
}

static int64_t syscall_pin(struct trap_frame *frame)
{
    if (frame->rdi >= CPU_LIMIT || !cpus[frame->rdi].is_up)
        return -SYSCALL_INVALID;
    thread_current()->pinned_cpu = (uint32_t)frame->rdi;
    while (bottom_this_cpu()->id != frame->rdi)
        thread_move();
    return 0;
}

static int64_t syscall_measure(struct trap_frame *frame)
{
    return measure((uint32_t)frame->rdi, (uint32_t)frame->rsi);
}

static int64_t syscall_cpus(struct trap_frame *frame)
{
    (void)frame;
    return bottom_cpu_count();
}

static int64_t syscall_bottom(struct trap_frame *frame)
{
    return give_text(boot_info.bottom_name, frame->rdi, frame->rsi);
}

static int64_t syscall_option(struct trap_frame *frame)
{
    char name[NAME_BYTES], value[NAME_BYTES];
    int error = copy_name(name, frame->rdi);

    if (error)
        return error;
    if (!option_value(boot_info.command_line, name, value, sizeof(value)))
        return -SYSCALL_NOT_FOUND;
    return give_text(value, frame->rsi, frame->rdx);
}

static int64_t (*const syscalls[SYSCALL_COUNT])(struct trap_frame *) = {
    [SYSCALL_write] = syscall_write,     [SYSCALL_getpid] = syscall_getpid,
    [SYSCALL_yield] = syscall_yield,     [SYSCALL_fork] = syscall_fork,
    [SYSCALL_exec] = syscall_exec,       [SYSCALL_mmap] = syscall_mmap,
    [SYSCALL_exit] = syscall_exit,       [SYSCALL_wait] = syscall_wait,
    [SYSCALL_clock] = syscall_clock,     [SYSCALL_pin] = syscall_pin,
    [SYSCALL_measure] = syscall_measure, [SYSCALL_cpus] = syscall_cpus,
    [SYSCALL_bottom] = syscall_bottom,   [SYSCALL_option] = syscall_option,
};

void kernel_syscall(struct trap_frame *frame)
{
    uint64_t number = frame->rax;

    frame->rax =
        number < SYSCALL_COUNT ? (uint64_t)syscalls[number](frame) : (uint64_t)-SYSCALL_UNKNOWN;
}

bool kernel_page_fault(struct trap_frame *frame, uint64_t address, bool from_user)
{
    struct process *process = process_current();
    bool write = frame->error_code & 2;

    if (process && address < USER_END && vm_fault(process, address, write))
        return true;
    if (!from_user || !process)
        return false;
    print("pvguest: process %d: %s of %lx at %lx, killed\n", process->pid, write ? "write" : "read",
          address, frame->rip);
    process_exit(-1);
}

void kernel_exception(struct trap_frame *frame, bool from_user)
{
    if (!from_user)
        panic("exception %lu (%lx) at %lx, rsp %lx\n", frame->vector, frame->error_code, frame->rip,
              frame->rsp);
    print("pvguest: process %d: exception %lu at %lx, killed\n", process_current()->pid,
          frame->vector, frame->rip);
    process_exit(-1);
}
