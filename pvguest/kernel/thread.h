/* SPDX-License-Identifier: MIT */
/*
 * Threads of control and who runs. One queue serves all CPUs.
 *
 * scheduler_lock guards the queue, every thread's state and the family relations of
 * processes. It is held across a switch: the thread that switches away takes it, the one
 * that starts running releases it.
 */
#ifndef PVGUEST_KERNEL_THREAD_H
#define PVGUEST_KERNEL_THREAD_H

#include "kernel/bottom.h"
#include "kernel/cpu.h"
#include "kernel/types.h"

struct process;

enum thread_state { THREAD_READY, THREAD_RUNNING, THREAD_BLOCKED, THREAD_FINISHED };

struct thread {
    uint64_t saved_rsp;
    uint64_t stack_top;
    enum thread_state state;
    uint32_t pinned_cpu;      /* THREAD_ANY_CPU or the only CPU it may run on */
    struct thread *next;      /* in the queue */
    struct thread *wait_next; /* in the list of a semaphore */
    struct thread *sleep_next;
    uint64_t wake_ns;        /* the end of its sleep */
    struct process *process; /* NULL: a kernel thread */
    void (*main)(void *argument);
    void *argument;
};

#define THREAD_ANY_CPU (~0U)
#define THREAD_LIMIT   64u
#define KERNEL_STACK   (2 * PAGE_SIZE)

void thread_init(void);
/* thread_create - a thread that will run main(argument), not yet started; NULL: none is left. */
MUST_CHECK struct thread *thread_create(void (*main)(void *argument), void *argument);
void thread_start(struct thread *thread);
/* thread_discard - give back a thread that was never started. */
void thread_discard(struct thread *thread);
void thread_yield(void);
/* thread_move - leave this CPU, on which the caller may no longer run. */
void thread_move(void);
NORETURN void thread_exit(void);
/* The idle loop of this CPU. */
NORETURN void thread_idle(void);

bool scheduler_lock(void);
void scheduler_unlock(bool were_on);
/* Both with the scheduler lock held. The first returns when somebody called the second. */
void thread_block(void);
void thread_wake(struct thread *thread);

/* With the scheduler lock held: kernel_timer() comes to this CPU at @deadline_ns at the latest. */
void timer_arm(uint64_t deadline_ns);

static inline struct thread *thread_current(void)
{
    return bottom_this_cpu()->current;
}

#endif
