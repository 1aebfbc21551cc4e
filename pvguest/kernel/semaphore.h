/* SPDX-License-Identifier: MIT */
/*
 * Counting semaphores: how a thread waits for an interrupt, for another thread, or for a while.
 *
 * The scheduler lock guards them, so semaphore_up() may be called anywhere, interrupt handlers
 * included; the waiting calls are for threads of the kernel.
 */
#ifndef PVGUEST_KERNEL_SEMAPHORE_H
#define PVGUEST_KERNEL_SEMAPHORE_H

#include "kernel/types.h"

struct thread;

struct semaphore {
    uint32_t count;
    struct thread *waiters;
};

#define NEVER_NS (~0UL)

void semaphore_up(struct semaphore *semaphore);
void semaphore_down(struct semaphore *semaphore);
/* semaphore_down_until - the same, but gives up at @deadline_ns: false. */
MUST_CHECK bool semaphore_down_until(struct semaphore *semaphore, uint64_t deadline_ns);

/* thread_sleep - do nothing for so long. */
void thread_sleep(uint64_t ns);

/* semaphore_timer - wake whose time has come; called at each timer interrupt. */
void semaphore_timer(void);

#endif
