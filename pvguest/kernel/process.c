/* SPDX-License-Identifier: MIT */
#include "kernel/process.h"

#include "kernel/page.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "kernel/syscall_numbers.h"
#include "kernel/thread.h"

static struct process *processes;
static int32_t next_pid = 1;

struct process *process_current(void)
{
    return thread_current()->process;
}

void process_switch(struct process *previous, struct process *next)
{
    if (previous != next)
        bottom_space_switch(next ? &next->space : NULL);
}

static void process_main(void *argument)
{
    struct process *process = argument;

    bottom_enter_user(&process->start);
}

static struct process *process_alloc(void)
{
    struct process *process = kmalloc(sizeof(*process));

    if (!process)
        return NULL;
    process->mmap_next = USER_MMAP_START;
    process->thread = thread_create(process_main, process);
    if (!process->thread)
        goto undo_process;
    process->thread->process = process;
    if (bottom_space_create(&process->space))
        goto undo_thread;
    return process;

undo_thread:
    thread_discard(process->thread);
undo_process:
    kfree(process, sizeof(*process));
    return NULL;
}

static void process_enter(struct process *process, struct process *parent)
{
    bool were_on = scheduler_lock();

    process->pid = next_pid++;
    process->parent = parent;
    process->next = processes;
    processes = process;
    scheduler_unlock(were_on);
    thread_start(process->thread);
}

/* A fresh image in an empty space: program, stack, start registers. */
static int process_load(struct process *process, const char *name)
{
    const struct program *program = program_find(name);
    struct region stack = { USER_STACK_TOP - USER_STACK_BYTES, USER_STACK_TOP, true, false };
    uint64_t entry;

    if (!program)
        return -1;
    process->region_count = 0;
    process->mmap_next = USER_MMAP_START;
    if (vm_region_add(process, stack) || program_load(process, program, &entry))
        return -1;
    bottom_user_frame(&process->start, entry, USER_STACK_TOP);
    return 0;
}

static void process_discard(struct process *process)
{
    vm_destroy(&process->space);
    thread_discard(process->thread);
    kfree(process, sizeof(*process));
}

int process_start_first(const char *program)
{
    struct process *process = process_alloc();

    if (!process)
        return -1;
    if (process_load(process, program)) {
        process_discard(process);
        return -1;
    }
    process_enter(process, NULL);
    return 0;
}

int64_t process_fork(const struct trap_frame *frame)
{
    struct process *parent = process_current();
    struct process *child = process_alloc();

    if (!child)
        return -SYSCALL_NO_MEMORY;
    if (vm_copy_for_fork(parent, child)) {
        process_discard(child);
        return -SYSCALL_NO_MEMORY;
    }
    child->start = *frame;
    child->start.rax = 0;
    child->thread->pinned_cpu = thread_current()->pinned_cpu;
    process_enter(child, parent);
    return child->pid;
}

int64_t process_exec(const char *program, struct trap_frame *frame)
{
    struct process *process = process_current();
    struct process fresh = { .thread = process->thread };
    struct address_space old = process->space;

    if (!program_find(program))
        return -SYSCALL_NOT_FOUND;
    if (bottom_space_create(&fresh.space))
        return -SYSCALL_NO_MEMORY;
    if (process_load(&fresh, program)) {
        vm_destroy(&fresh.space);
        return -SYSCALL_NO_MEMORY;
    }
    process->space = fresh.space;
    memcpy(process->regions, fresh.regions, sizeof(fresh.regions));
    process->region_count = fresh.region_count;
    process->mmap_next = fresh.mmap_next;
    bottom_space_switch(&process->space);
    vm_destroy(&old);
    *frame = fresh.start;
    return 0;
}

/* With the scheduler lock held: a child that has exited, and whether there is any child. */
static struct process *find_exited_child(const struct process *parent, bool *has_children)
{
    *has_children = false;
    for (struct process *child = processes; child; child = child->next) {
        if (child->parent != parent)
            continue;
        *has_children = true;
        if (child->has_exited)
            return child;
    }
    return NULL;
}

static void forget(struct process *process)
{
    struct process **link = &processes;

    while (*link != process)
        link = &(*link)->next;
    *link = process->next;
}

int64_t process_wait(int32_t *exit_code)
{
    struct process *process = process_current();
    struct process *child;
    bool has_children;
    bool were_on = scheduler_lock();

    while (!(child = find_exited_child(process, &has_children)) && has_children) {
        process->is_waiting = true;
        thread_block();
        process->is_waiting = false;
    }
    if (child)
        forget(child);
    scheduler_unlock(were_on);
    if (!child)
        return -SYSCALL_NOT_FOUND;

    int64_t pid = child->pid;

    *exit_code = child->exit_code;
    kfree(child, sizeof(*child));
    return pid;
}

/* Children of a process that ends belong to nobody, and leave nothing to wait for. */
static void orphan_children(const struct process *parent)
{
    for (struct process *child = processes; child; child = child->next) {
        if (child->parent == parent)
            child->parent = NULL;
    }
}

void process_exit(int32_t code)
{
    struct process *process = process_current();
    struct address_space space = process->space;

    if (process->pid == 1) {
        print("pvguest: the first process ended with %d\n", code);
        bottom_shutdown(code ? BOTTOM_END_CRASH : BOTTOM_END_POWEROFF);
    }
    thread_current()->process = NULL;
    bottom_space_switch(NULL);
    vm_destroy(&space);

    scheduler_lock();
    orphan_children(process);
    process->exit_code = code;
    process->has_exited = true;
    if (process->parent && process->parent->is_waiting)
        thread_wake(process->parent->thread);
    thread_current()->state = THREAD_FINISHED;
    thread_block();
    panic("a process that ended ran again\n");
}
