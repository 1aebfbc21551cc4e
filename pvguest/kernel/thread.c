/* SPDX-License-Identifier: MIT */
#include "kernel/thread.h"

#include "kernel/page.h"
#include "kernel/print.h"
#include "kernel/process.h"
#include "kernel/semaphore.h"
#include "kernel/spinlock.h"

#define SLICE_NS 10000000UL

struct cpu cpus[CPU_LIMIT];

static struct spinlock queue_lock;
static struct thread *queue_head, **queue_tail = &queue_head;
static struct thread threads[THREAD_LIMIT];
static bool thread_in_use[THREAD_LIMIT];
static char stacks[THREAD_LIMIT][KERNEL_STACK] __attribute__((aligned(PAGE_SIZE)));

void switch_stacks(uint64_t *saved_rsp, uint64_t next_rsp);
void thread_first_steps(void);
NORETURN void thread_begin(void);

bool scheduler_lock(void)
{
    return spin_lock(&queue_lock);
}

void scheduler_unlock(bool were_on)
{
    spin_unlock(&queue_lock, were_on);
}

/* Each CPU starts as its own idle thread, on the stack it booted with. */
void thread_init(void)
{
    struct cpu *cpu = bottom_this_cpu();
    static struct thread idle_threads[CPU_LIMIT];

    cpu->idle = &idle_threads[cpu->id];
    cpu->idle->state = THREAD_RUNNING;
    cpu->idle->pinned_cpu = cpu->id;
    cpu->current = cpu->idle;
}

struct thread *thread_create(void (*main)(void *argument), void *argument)
{
    bool were_on = scheduler_lock();
    uint32_t slot = 0;

    while (slot < THREAD_LIMIT && thread_in_use[slot])
        slot++;
    if (slot < THREAD_LIMIT)
        thread_in_use[slot] = true;
    scheduler_unlock(were_on);
    if (slot == THREAD_LIMIT)
        return NULL;

    struct thread *thread = &threads[slot];
    uint64_t top = (uint64_t)stacks[slot] + KERNEL_STACK;
    uint64_t *words = (uint64_t *)top;

    /* The return address of switch_stacks, then its six registers; the ABI's alignment. */
    words[-2] = (uint64_t)thread_first_steps;
    for (int i = 3; i <= 8; i++)
        words[-i] = 0;
    *thread = (struct thread){ .saved_rsp = top - 64,
                               .stack_top = top,
                               .state = THREAD_BLOCKED,
                               .pinned_cpu = THREAD_ANY_CPU,
                               .main = main,
                               .argument = argument };
    return thread;
}

/* A CPU that sleeps while there is work is told so. */
static void wake_some_cpu(const struct thread *thread)
{
    for (uint32_t i = 0; i < CPU_LIMIT; i++) {
        struct cpu *cpu = &cpus[i];
        bool may_run = thread->pinned_cpu == THREAD_ANY_CPU || thread->pinned_cpu == i;

        if (cpu->is_up && cpu->is_idle && may_run && cpu != bottom_this_cpu()) {
            cpu->is_idle = false; /* the next one goes to another CPU */
            bottom_ipi_send(cpu);
            return;
        }
    }
}

static void queue_add(struct thread *thread)
{
    thread->state = THREAD_READY;
    thread->next = NULL;
    *queue_tail = thread;
    queue_tail = &thread->next;
}

static struct thread *queue_take(uint32_t cpu_id)
{
    if (cpus[cpu_id].is_leaving)
        return NULL;
    for (struct thread **link = &queue_head; *link; link = &(*link)->next) {
        struct thread *thread = *link;

        if (thread->pinned_cpu != THREAD_ANY_CPU && thread->pinned_cpu != cpu_id)
            continue;
        *link = thread->next;
        if (queue_tail == &thread->next)
            queue_tail = link;
        return thread;
    }
    return NULL;
}

void thread_wake(struct thread *thread)
{
    if (thread->state != THREAD_BLOCKED)
        return;
    queue_add(thread);
    wake_some_cpu(thread);
}

void thread_start(struct thread *thread)
{
    bool were_on = scheduler_lock();

    thread_wake(thread);
    scheduler_unlock(were_on);
}

/* The slot of a finished thread is free once its stack is no longer in use. */
static void after_switch(void)
{
    struct cpu *cpu = bottom_this_cpu();

    if (cpu->finished) {
        thread_in_use[cpu->finished - threads] = false;
        cpu->finished = NULL;
    }
}

void timer_arm(uint64_t deadline_ns)
{
    struct cpu *cpu = bottom_this_cpu();

    if (cpu->timer_deadline_ns && cpu->timer_deadline_ns <= deadline_ns)
        return;
    cpu->timer_deadline_ns = deadline_ns;
    bottom_timer_set(deadline_ns);
}

/*
 * The end of the slice. A timer that is already set is left alone, for setting one is not cheap on
 * every bottom: a slice may be shorter than SLICE_NS, but never without an end.
 */
static void set_slice_timer(struct cpu *cpu)
{
    if (cpu->is_slice_timed || cpu->current == cpu->idle)
        return;
    cpu->is_slice_timed = true;
    timer_arm(bottom_clock_ns() + SLICE_NS);
}

static void switch_to(struct thread *next)
{
    struct cpu *cpu = bottom_this_cpu();
    struct thread *previous = cpu->current;

    next->state = THREAD_RUNNING;
    cpu->wants_switch = false;
    cpu->current = next;
    cpu->is_idle = next == cpu->idle;
    set_slice_timer(cpu);
    if (next == previous)
        return;
    if (previous->state == THREAD_FINISHED)
        cpu->finished = previous;
    if (next->stack_top)
        bottom_set_kernel_stack(next->stack_top);
    process_switch(previous->process, next->process);
    switch_stacks(&previous->saved_rsp, next->saved_rsp);
    after_switch();
}

void thread_block(void)
{
    struct cpu *cpu = bottom_this_cpu();
    struct thread *next = queue_take(cpu->id);

    if (cpu->current->state == THREAD_RUNNING)
        cpu->current->state = THREAD_BLOCKED;
    switch_to(next ? next : cpu->idle);
}

void thread_yield(void)
{
    bool were_on = scheduler_lock();
    struct cpu *cpu = bottom_this_cpu();
    struct thread *next = queue_take(cpu->id);

    if (next || (cpu->is_leaving && cpu->current != cpu->idle)) {
        if (cpu->current != cpu->idle)
            queue_add(cpu->current);
        if (!next)
            wake_some_cpu(cpu->current);
        switch_to(next ? next : cpu->idle);
    } else {
        cpu->wants_switch = false;
        set_slice_timer(cpu);
    }
    scheduler_unlock(were_on);
}

void thread_discard(struct thread *thread)
{
    bool were_on = scheduler_lock();

    thread_in_use[thread - threads] = false;
    scheduler_unlock(were_on);
}

void thread_move(void)
{
    bool were_on = scheduler_lock();
    struct cpu *cpu = bottom_this_cpu();

    queue_add(cpu->current);
    wake_some_cpu(cpu->current);
    struct thread *next = queue_take(cpu->id);

    switch_to(next ? next : cpu->idle);
    scheduler_unlock(were_on);
}

void thread_begin(void)
{
    struct thread *thread = thread_current();

    after_switch();
    scheduler_unlock(true);
    thread->main(thread->argument);
    thread_exit();
}

void thread_exit(void)
{
    scheduler_lock();
    thread_current()->state = THREAD_FINISHED;
    thread_block();
    panic("a finished thread ran again\n");
}

void thread_idle(void)
{
    struct cpu *cpu = bottom_this_cpu();

    for (;;) {
        bottom_interrupts_disable();
        if (cpu->is_leaving)
            cpu_rest(cpu);
        cpu->is_idle = true;
        thread_yield();
        bottom_wait();
        cpu->is_idle = false;
    }
}

void kernel_timer(void)
{
    struct cpu *cpu = bottom_this_cpu();

    cpu->is_slice_timed = false;
    cpu->timer_deadline_ns = 0;
    cpu->wants_switch = true;
    semaphore_timer();
}

void kernel_interrupt_exit(bool from_user)
{
    struct cpu *cpu = bottom_this_cpu();

    if (from_user && cpu->wants_switch)
        thread_yield();
}
