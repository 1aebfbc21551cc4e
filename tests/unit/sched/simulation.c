/* SPDX-License-Identifier: MIT */
#include "unit/sched/simulation.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "domain/handlers.h"
#include "sched/placement.h"
#include "sched/scheduler.h"
#include "sched/timer.h"
#include "support/fake_arch/fake_machine.h"

static uint64_t timers[MAX_CPUS];
static struct trap_frame frames[MAX_CPUS];
static struct behaviour behaviours[8][MAX_VCPUS];
static _Thread_local jmp_buf idle;

/* Linked in place of fake_timer.c: one for each CPU. */
void apic_timer_set(uint64_t deadline_ns)
{
    timers[this_cpu()->id] = deadline_ns;
}

uint64_t simulation_timer(uint32_t id)
{
    return timers[id];
}

static void leave_idle(void)
{
    longjmp(idle, 1);
}

static void no_virq(struct vcpu *v, uint32_t virq)
{
    (void)v, (void)virq;
}

void simulation_start(uint32_t cpus)
{
    fake_machine_start(16);
    fake_cpus_start(cpus);
    fake_time_ns = 1000 * MS;
    memset(&fake_requests, 0, sizeof(fake_requests));
    memset(&fake_vcpu_state, 0, sizeof(fake_vcpu_state));
    memset(behaviours, 0, sizeof(behaviours));
    fake_interrupts_arrive = leave_idle;
    scheduler_init();
    domain_handlers.virq_vcpu = no_virq;
    for (uint32_t id = 0; id < cpus; id++) {
        if (scheduler_cpu_create(id))
            abort();
        timers[id] = APIC_TIMER_OFF;
        cpu_by_id(id)->guest_frame = &frames[id];
        atomic_store(&cpu_by_id(id)->softirq, 1u << SOFTIRQ_SCHEDULE);
    }
}

void simulation_end(void)
{
    fake_domains_free();
    fake_interrupts_arrive = NULL;
}

struct behaviour *behaviour_of(const struct vcpu *v)
{
    return &behaviours[v->domain->id][v->id];
}

struct domain *simulation_domain(uint16_t id, uint32_t vcpus, uint32_t weight, uint32_t cap)
{
    struct domain *d = fake_domain_create(id, vcpus);

    scheduler_domain_init(d);
    if (domain_set_weight(d, weight, cap))
        abort();
    for (uint32_t i = 0; i < vcpus; i++) {
        scheduler_vcpu_init(d->vcpus[i]);
        d->vcpus[i]->regs.rax = (uint64_t)id << 16 | i;
        vcpu_wake(d->vcpus[i], VCPU_DOWN);
    }
    return d;
}

void simulation_exit_path(uint32_t id)
{
    struct cpu *cpu = cpu_by_id(id);

    fake_cpu_become(id);
    placement_cpu_is_idle(id, false);
    if (setjmp(idle))
        return; /* it sleeps; its place in the mask of idle CPUs is as it left it */
    while (atomic_load(&cpu->softirq) || !cpu->current) {
        softirq_run();
        if ((atomic_load(&cpu->softirq) & 1u << SOFTIRQ_SCHEDULE) || !cpu->current)
            schedule();
    }
}

void simulation_event(struct vcpu *v, uint32_t id)
{
    fake_cpu_become(id);
    __atomic_exchange_n(&v->info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST);
    vcpu_kick(v);
}

/* The guest's side: what the running vCPU does with one step. */
static void run_current(struct cpu *cpu)
{
    struct vcpu *v = cpu->current;
    struct behaviour *b = behaviour_of(v);

    if (cpu->guest_frame->rax != ((uint64_t)v->domain->id << 16 | v->id))
        abort(); /* it has somebody else's registers */
    if (b->since_wake_ns == 0 && b->wakes_at_ns &&
        fake_time_ns - b->wakes_at_ns > b->latency_max_ns)
        b->latency_max_ns = fake_time_ns - b->wakes_at_ns;
    v->info->evtchn_upcall_pending = 0;
    b->ran_ns += SIMULATED_STEP;
    b->ran_on[cpu->id] += SIMULATED_STEP;
    b->since_wake_ns += SIMULATED_STEP;
    if (b->yields)
        vcpu_yield(v);
    if (b->runs_ns && b->since_wake_ns >= b->runs_ns) {
        b->since_wake_ns = 0;
        b->wakes_at_ns = fake_time_ns + SIMULATED_STEP + b->sleeps_ns;
        vcpu_sleep(v, VCPU_BLOCKED);
    }
}

static void wake_sleepers(void)
{
    for (uint16_t id = 0; id < 8; id++) {
        struct domain *d = domain_find(id);

        for (uint32_t i = 0; d && i < d->vcpu_count; i++) {
            const struct behaviour *b = behaviour_of(d->vcpus[i]);

            if (b->runs_ns && b->since_wake_ns == 0 && b->wakes_at_ns &&
                fake_time_ns >= b->wakes_at_ns &&
                (atomic_load(&d->vcpus[i]->blocked_by) & VCPU_BLOCKED))
                simulation_event(d->vcpus[i], 0);
        }
    }
}

void simulation_run(uint64_t ns)
{
    for (uint64_t end = fake_time_ns + ns; fake_time_ns < end; fake_time_ns += SIMULATED_STEP) {
        wake_sleepers();
        for (uint32_t id = 0; id < cpu_count; id++) {
            struct cpu *cpu = cpu_by_id(id);

            if (timers[id] <= fake_time_ns) {
                timers[id] = APIC_TIMER_OFF;
                atomic_fetch_or(&cpu->softirq, 1u << SOFTIRQ_TIMER);
            }
            if (atomic_load(&cpu->softirq))
                simulation_exit_path(id);
        }
        for (uint32_t id = 0; id < cpu_count; id++) {
            fake_cpu_become(id);
            if (cpu_by_id(id)->current)
                run_current(cpu_by_id(id));
        }
    }
    fake_cpu_become(0);
}
