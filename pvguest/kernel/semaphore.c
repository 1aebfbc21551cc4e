/* SPDX-License-Identifier: MIT */
#include "kernel/semaphore.h"

#include "kernel/thread.h"

static struct thread *sleepers; /* those that wait no longer than until wake_ns */

void semaphore_up(struct semaphore *semaphore)
{
    bool were_on = scheduler_lock();

    semaphore->count++;
    if (semaphore->waiters)
        thread_wake(semaphore->waiters);
    scheduler_unlock(were_on);
}

static void wait_begin(struct semaphore *semaphore, struct thread *me, uint64_t deadline_ns)
{
    struct thread **link = &semaphore->waiters;

    while (*link)
        link = &(*link)->wait_next;
    *link = me;
    me->wait_next = NULL;
    if (deadline_ns == NEVER_NS)
        return;
    me->wake_ns = deadline_ns;
    me->sleep_next = sleepers;
    sleepers = me;
    timer_arm(deadline_ns);
}

static void wait_end(struct semaphore *semaphore, const struct thread *me)
{
    struct thread **link = &semaphore->waiters;

    while (*link != me)
        link = &(*link)->wait_next;
    *link = me->wait_next;
    for (link = &sleepers; *link; link = &(*link)->sleep_next) {
        if (*link == me) {
            *link = me->sleep_next;
            break;
        }
    }
}

bool semaphore_down_until(struct semaphore *semaphore, uint64_t deadline_ns)
{
    bool were_on = scheduler_lock();
    struct thread *me = thread_current();

    while (!semaphore->count) {
        if (deadline_ns != NEVER_NS && bottom_clock_ns() >= deadline_ns) {
            scheduler_unlock(were_on);
            return false;
        }
        wait_begin(semaphore, me, deadline_ns);
        thread_block();
        wait_end(semaphore, me);
    }
    semaphore->count--;
    /* A thread that was woken may find the unit taken; whoever leaves one passes it on. */
    if (semaphore->count && semaphore->waiters)
        thread_wake(semaphore->waiters);
    scheduler_unlock(were_on);
    return true;
}

void semaphore_down(struct semaphore *semaphore)
{
    while (!semaphore_down_until(semaphore, NEVER_NS))
        ;
}

void thread_sleep(uint64_t ns)
{
    struct semaphore nothing = { .count = 0 };
    uint64_t end_ns = bottom_clock_ns() + ns;

    while (semaphore_down_until(&nothing, end_ns))
        ;
}

void semaphore_timer(void)
{
    bool were_on = scheduler_lock();
    uint64_t now = bottom_clock_ns(), next = NEVER_NS;

    for (struct thread *thread = sleepers; thread; thread = thread->sleep_next) {
        if (thread->wake_ns <= now)
            thread_wake(thread);
        else if (thread->wake_ns < next)
            next = thread->wake_ns;
    }
    if (next != NEVER_NS)
        timer_arm(next);
    scheduler_unlock(were_on);
}
