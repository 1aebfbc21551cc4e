/* SPDX-License-Identifier: MIT */
/* What execution would bring: CPUs that run vCPUs, calls of those, and what comes between. */
#include <stdio.h>
#include <stdlib.h>

#include "arch/arch.h"
#include "arch/trap_frame.h"
#include "arch/x86.h"
#include "domain/preempt.h"
#include "hypercall/dispatch.h"
#include "pvmmu/pvmmu.h"
#include "sched/scheduler.h"
#include "support/fake_arch/fake_machine.h"
#include "support/whole/world.h"

#define RESTARTS_MAX 100000u

unsigned world_restarts;
uint32_t world_preempt_one_in;
void (*world_between)(void);

bool preempt_pending(void)
{
    static uint32_t asked;

    if (spin_held()->depth) {
        fprintf(stderr, "preempt_pending() with a lock held\n");
        abort();
    }
    return world_preempt_one_in && ++asked * 2654435761u < ~0u / world_preempt_one_in;
}

/* ---- CPUs ---- */

/* A vCPU that may not run any more leaves its CPU, which then has only its page tables. */
static void others_run(void)
{
    for (uint32_t id = 0; id < WORLD_CPUS; id++) {
        struct cpu *cpu = cpu_by_id(id);

        if (cpu != this_cpu() && cpu->current && atomic_load(&cpu->current->blocked_by)) {
            atomic_store(&cpu->current->is_running, false);
            cpu->current = NULL;
        }
    }
}

static bool run_softirqs(void)
{
    this_cpu()->softirq &= ~(1u << SOFTIRQ_SCHEDULE);
    if (!this_cpu()->softirq)
        return false;
    softirq_run();
    return true;
}

/* This CPU waits for interrupts, and the others deal with theirs. */
static void interrupts_arrive(void)
{
    uint32_t me = this_cpu()->id;

    for (uint32_t id = 0; id < WORLD_CPUS; id++) {
        world_cpu(id);
        if (id != me)
            (void)run_softirqs();
    }
    world_cpu(me);
}

void world_start_cpus(void)
{
    static struct trap_frame guest_frames[WORLD_CPUS];

    fake_cpus_start(WORLD_CPUS);
    fake_others_run = others_run;
    fake_interrupts_arrive = interrupts_arrive;
    for (uint32_t id = 0; id < WORLD_CPUS; id++) {
        if (scheduler_cpu_create(id))
            abort();
        cpu_by_id(id)->guest_frame = &guest_frames[id];
    }
}

void world_cpu(uint32_t id)
{
    fake_cpu_become(id);
}

void world_idle(void)
{
    struct vcpu *v = this_cpu()->current;

    if (v)
        atomic_store(&v->is_running, false);
    this_cpu()->current = NULL;
}

void world_run(struct vcpu *v)
{
    if (atomic_load(&v->is_running) && v != this_cpu()->current)
        abort();
    if (v == this_cpu()->current && v == atomic_load(&this_cpu()->root_vcpu))
        return;
    world_idle();
    this_cpu()->current = v;
    this_cpu()->loaded_vcpu = v;
    atomic_store(&v->processor, this_cpu()->id);
    atomic_store(&v->is_running, true);
    mmu_load_root(v);
}

void world_settle(void)
{
    uint32_t me = this_cpu()->id;
    bool again;

    do {
        again = false;
        for (uint32_t id = 0; id < WORLD_CPUS; id++) {
            world_cpu(id);
            again |= run_softirqs();
        }
    } while (again);
    world_cpu(me);
}

/* ---- calls ---- */

/* Others' turn. Whether the call is to go on: its domain may have ended meanwhile. */
static bool let_others(struct vcpu *v, struct trap_frame *regs)
{
    struct trap_frame saved = *regs;
    uint32_t me = this_cpu()->id;

    if (!world_between)
        return true;
    world_between();
    world_cpu(me);
    if (v->domain->is_shut_down || (atomic_load(&v->blocked_by) & (VCPU_PAUSED | VCPU_DOWN)))
        return false;
    world_run(v);
    *regs = saved;
    return true;
}

long world_call(uint64_t number, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
    struct vcpu *v = current_vcpu();
    struct trap_frame *regs = this_cpu()->guest_frame;

    *regs = (struct trap_frame){ .rax = number,
                                 .rdi = a1,
                                 .rsi = a2,
                                 .rdx = a3,
                                 .r10 = a4,
                                 .r8 = a5,
                                 .rsp = 0,
                                 .rip = 0x1002,
                                 .cs = 0xe033 };
    for (unsigned i = 0; i < RESTARTS_MAX; i++) {
        long result = hypercall_dispatch(v, regs);

        world_settle();
        if (result != HYPERCALL_RESTART) {
            vcpu_wake(v, VCPU_BLOCKED | VCPU_POLLING);
            return result;
        }
        hypercall_finish(regs, result);
        if (regs->rip != 0x1000 || regs->rax != number) {
            fprintf(stderr, "a restarted call does not begin again\n");
            abort();
        }
        regs->rip = 0x1002;
        world_restarts++;
        if (!let_others(v, regs))
            return WORLD_ABANDONED;
    }
    fprintf(stderr, "hypercall %lu does not end\n", number);
    abort();
}
