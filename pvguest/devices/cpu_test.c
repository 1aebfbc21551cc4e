/* SPDX-License-Identifier: MIT */
/*
 * CPUs go out of use and come back, while threads on all of them hand each other work: after
 * every step all the threads must still get on.
 */
#include "devices/tests.h"
#include "kernel/bottom.h"
#include "kernel/cpu.h"
#include "kernel/print.h"
#include "kernel/semaphore.h"
#include "kernel/thread.h"

#define WORKERS  8u
#define ROUNDS   5u /* that each worker must do after a step */
#define PAUSE_NS 100000UL
#define NAP_NS   2000000UL

static struct worker {
    struct semaphore work;
    volatile uint64_t rounds;
    volatile bool has_ended;
} workers[WORKERS];
static volatile bool is_over;

/* A ring of threads: each waits for the one before, and every other one also for the clock. */
static void work(void *argument)
{
    struct worker *me = argument;
    uint32_t number = (uint32_t)(me - workers);

    while (!is_over) {
        if (!semaphore_down_until(&me->work, bottom_clock_ns() + NAP_NS) || number % 2)
            thread_sleep(PAUSE_NS);
        me->rounds++;
        semaphore_up(&workers[(number + 1) % WORKERS].work);
    }
    me->has_ended = true;
}

static bool all_get_on(void)
{
    uint64_t end_ns = device_deadline_ns();

    for (uint32_t i = 0; i < WORKERS; i++) {
        uint64_t wanted = workers[i].rounds + ROUNDS;

        while (workers[i].rounds < wanted) {
            if (bottom_clock_ns() > end_ns)
                return false;
            thread_sleep(PAUSE_NS);
        }
    }
    return true;
}

static bool cycle(void)
{
    bool is_good = true;

    for (uint32_t id = 1; id < bottom_cpu_count(); id++) {
        cpu_stop(id);
        is_good &= !cpus[id].is_up && all_get_on();
    }
    for (uint32_t id = 1; id < bottom_cpu_count(); id++) {
        cpu_resume(id);
        is_good &= cpus[id].is_up && all_get_on();
    }
    return is_good;
}

bool cpu_test(uint64_t times)
{
    bool is_good = true;

    for (uint32_t i = 0; i < WORKERS; i++) {
        struct thread *thread = thread_create(work, &workers[i]);

        if (!thread)
            panic("cpu: no thread for the test\n");
        thread_start(thread);
    }
    for (uint64_t i = 0; i < times && is_good; i++)
        is_good = cycle();
    is_over = true;
    for (uint32_t i = 0; i < WORKERS && is_good; i++) {
        while (!workers[i].has_ended)
            thread_sleep(PAUSE_NS);
    }
    print("cpu: %s %u CPUs, %lu times down and up\n", is_good ? "ok" : "FAILED", bottom_cpu_count(),
          times);
    return is_good;
}
