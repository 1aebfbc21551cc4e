/* SPDX-License-Identifier: MIT */
/*
 * Placement of vCPUs on CPUs. The mask of idle CPUs is a hint: who takes a CPU out of it has
 * claimed it and raises SOFTIRQ_SCHEDULE there.
 */
#include "sched/placement.h"

#include "arch/arch.h"
#include "lib/bits.h"

static _Atomic cpu_mask_t idle_cpus;

void placement_cpu_is_idle(uint32_t cpu, bool is_idle)
{
    if (is_idle)
        atomic_fetch_or(&idle_cpus, CPU_MASK(cpu));
    else
        atomic_fetch_and(&idle_cpus, ~CPU_MASK(cpu));
}

static bool claim(uint32_t cpu)
{
    return atomic_fetch_and(&idle_cpus, ~CPU_MASK(cpu)) & CPU_MASK(cpu);
}

static uint32_t waiting_count(uint32_t cpu)
{
    const struct run_queue *queue = cpu_by_id(cpu)->run_queue;

    return atomic_load_explicit(&queue->waiting_count, memory_order_relaxed);
}

static uint32_t least_loaded(cpu_mask_t cpus, uint32_t first)
{
    uint32_t best = first;

    for (; cpus; cpus &= cpus - 1) {
        uint32_t cpu = bit_lowest(cpus);

        if (waiting_count(cpu) < waiting_count(best))
            best = cpu;
    }
    return best;
}

uint32_t placement_choose(const struct vcpu *v)
{
    uint32_t last = atomic_load_explicit(&v->processor, memory_order_relaxed);
    cpu_mask_t allowed = v->affinity & cpu_mask_online();
    cpu_mask_t idle;

    if (unlikely(!allowed))
        allowed = cpu_mask_online();
    if (!(allowed & CPU_MASK(last)))
        last = bit_lowest(allowed);
    if (allowed == CPU_MASK(last))
        return last;
    if (claim(last))
        return last;
    for (idle = atomic_load(&idle_cpus) & allowed; idle; idle &= idle - 1) {
        if (claim(bit_lowest(idle)))
            return bit_lowest(idle);
    }
    return least_loaded(allowed, last);
}

/* Any CPU but this one where the first who waits here may run. */
static cpu_mask_t where_first_may_go(struct run_queue *queue)
{
    const struct vcpu *first;
    cpu_mask_t allowed = 0;

    spin_lock(&queue->lock);
    first = list_first(&queue->waiting, struct vcpu, run_link);
    if (first)
        allowed = first->affinity & cpu_mask_online() & ~CPU_MASK(queue->cpu);
    spin_unlock(&queue->lock);
    return allowed;
}

/* The allowed CPUs in turn: the one after the CPU that was asked last time. */
static uint32_t next_in_turn(struct run_queue *queue, cpu_mask_t allowed)
{
    cpu_mask_t later = allowed & ~(CPU_MASK(queue->offered_cpu) * 2 - 1);

    queue->offered_cpu = bit_lowest(later ? later : allowed);
    return queue->offered_cpu;
}

static void offer_to(struct run_queue *queue, cpu_mask_t allowed)
{
    uint32_t other;

    for (cpu_mask_t idle = atomic_load(&idle_cpus) & allowed; idle; idle &= idle - 1) {
        if (claim(bit_lowest(idle))) {
            cpu_raise_softirq(bit_lowest(idle), 1u << SOFTIRQ_SCHEDULE);
            return;
        }
    }
    other = least_loaded(allowed, next_in_turn(queue, allowed));
    if (waiting_count(other) < waiting_count(queue->cpu)) {
        atomic_store_explicit(&cpu_by_id(other)->run_queue->may_be_favoured, true,
                              memory_order_relaxed);
        cpu_raise_softirq(other, 1u << SOFTIRQ_SCHEDULE);
    }
}

void placement_offer_now(struct run_queue *queue, uint64_t now)
{
    cpu_mask_t allowed = where_first_may_go(queue);

    queue->offered_ns = now;
    if (allowed)
        offer_to(queue, allowed);
}
