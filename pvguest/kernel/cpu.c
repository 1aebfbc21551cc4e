/* SPDX-License-Identifier: MIT */
/*
 * CPUs that go out of use and come back. A CPU that is told to leave takes no thread from the
 * queue any more, gives back the one it runs, and rests in its idle loop.
 */
#include "kernel/cpu.h"

#include "kernel/semaphore.h"
#include "kernel/thread.h"

#define LOOK_AGAIN_NS 1000000UL

static volatile bool has_left_timers;

void cpu_stop(uint32_t id)
{
    struct cpu *cpu = &cpus[id];

    if (id == 0 || id >= CPU_LIMIT || !cpu->is_up)
        return;
    cpu->is_leaving = true;
    while (cpu->is_up) {
        bottom_ipi_send(cpu);
        thread_sleep(LOOK_AGAIN_NS);
    }
}

void cpu_resume(uint32_t id)
{
    struct cpu *cpu = &cpus[id];

    if (id >= CPU_LIMIT || !cpu->self || cpu->is_up)
        return;
    cpu->is_leaving = false;
    bottom_cpu_resume(cpu);
    while (!cpu->is_up)
        thread_sleep(LOOK_AGAIN_NS);
}

void cpu_rest(struct cpu *cpu)
{
    bool were_on = scheduler_lock();

    cpu->is_up = false;
    cpu->is_idle = false;
    cpu->is_slice_timed = false;
    cpu->timer_deadline_ns = 0;
    scheduler_unlock(were_on);
    has_left_timers = true;
    bottom_ipi_send(&cpus[0]);
    bottom_cpu_rest(cpu);
    cpu->is_up = true;
}

void cpu_take_timers(void)
{
    if (!has_left_timers)
        return;
    has_left_timers = false;
    semaphore_timer();
}
