/* SPDX-License-Identifier: MIT */
#include "arch/arch.h"
#include "console/printk.h"
#include "sched/run_queue.h"
#include "sched/scheduler.h"

static const char *state_name(const struct vcpu *v)
{
    static const struct {
        uint32_t reason;
        const char *name;
    } names[] = {
        { VCPU_SHUTDOWN, "shut down" }, { VCPU_DOWN, "down" },       { VCPU_PAUSED, "paused" },
        { VCPU_BLOCKED, "blocked" },    { VCPU_POLLING, "polling" },
    };
    uint32_t reasons = atomic_load(&v->blocked_by);

    for (unsigned i = 0; i < ARRAY_COUNT(names); i++) {
        if (reasons & names[i].reason)
            return names[i].name;
    }
    return atomic_load(&v->is_running) ? "running" : "waiting";
}

static void print_vcpu(const struct vcpu *v)
{
    log_info("  domain %u vCPU %u: %s, CPU %u of %lx, virtual time %lu.%06lu s, events %s%s",
             v->domain->id, v->id, state_name(v), atomic_load(&v->processor), v->affinity,
             v->schedule.virtual_runtime / 1000000000, v->schedule.virtual_runtime / 1000 % 1000000,
             v->info->evtchn_upcall_pending ? "pending" : "none",
             v->info->evtchn_upcall_mask ? ", masked" : "");
}

static void print_queue(struct run_queue *queue)
{
    const struct vcpu *v;

    spin_lock(&queue->lock);
    if (queue->running)
        log_info("CPU %u runs domain %u vCPU %u, %u wait", queue->cpu, queue->running->domain->id,
                 queue->running->id, atomic_load(&queue->waiting_count));
    else
        log_info("CPU %u is idle, %u wait", queue->cpu, atomic_load(&queue->waiting_count));
    list_for_each(v, &queue->waiting, run_link)
    {
        log_info("  waits: domain %u vCPU %u%s", v->domain->id, v->id,
                 v->schedule.boosted ? ", boosted" : "");
    }
    spin_unlock(&queue->lock);
}

void scheduler_print(void)
{
    for (uint32_t id = 0; id < cpu_count; id++)
        print_queue(cpu_by_id(id)->run_queue);
    for (struct domain *d = domain_next(0); d; d = domain_next((uint16_t)(d->id + 1))) {
        for (uint32_t id = 0; id < d->vcpu_count; id++) {
            if (d->vcpus[id])
                print_vcpu(d->vcpus[id]);
        }
    }
}
