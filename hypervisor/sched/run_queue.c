/* SPDX-License-Identifier: MIT */
/* Run queues: order, virtual time, and the caps of domains. */
#include "sched/run_queue.h"

#include "arch/arch.h"
#include "lib/assert.h"
#include "mm/heap.h"
#include "sched/scheduler.h"

/* How far behind virtual time a vCPU may begin: its reward for having slept. */
#define SLEEP_CREDIT_NS SLICE_NS

_Static_assert(SCHED_WEIGHT_DEFAULT == 256, "virtual time is time on a CPU at the default weight");

struct run_queue *run_queue_create(uint32_t cpu)
{
    struct run_queue *queue = heap_alloc(sizeof(*queue));

    if (!queue)
        return NULL;
    spin_init(&queue->lock, LOCK_RUN_QUEUE);
    list_init(&queue->waiting);
    queue->cpu = cpu;
    queue->virtual_time = SLEEP_CREDIT_NS;
    return queue;
}

struct run_queue *run_queue_lock(struct vcpu *v)
{
    for (;;) {
        uint32_t id = atomic_load_explicit(&v->schedule.queue_cpu, memory_order_acquire);
        struct run_queue *queue = cpu_by_id(id)->run_queue;

        spin_lock(&queue->lock);
        if (atomic_load_explicit(&v->schedule.queue_cpu, memory_order_relaxed) == id)
            return queue;
        spin_unlock(&queue->lock);
    }
}

void run_queue_admit(const struct run_queue *queue, struct vcpu *v, bool comes_from_other)
{
    uint64_t earliest = queue->virtual_time - SLEEP_CREDIT_NS;
    uint64_t latest = queue->virtual_time + 2 * virtual_ns(v, SLICE_NS);

    if (v->schedule.virtual_runtime < earliest)
        v->schedule.virtual_runtime = earliest;
    if (comes_from_other && v->schedule.virtual_runtime > latest)
        v->schedule.virtual_runtime = latest;
}

static void charge(struct vcpu *v, uint64_t now)
{
    uint64_t ran_ns = now - v->schedule.charged_until_ns;

    if (now <= v->schedule.charged_until_ns) /* clocks of two CPUs may differ a little */
        return;
    v->schedule.charged_until_ns = now;
    v->schedule.virtual_runtime += virtual_ns(v, ran_ns);
    if (v->domain->cap)
        atomic_fetch_sub_explicit(&v->domain->cap_budget.left_ns, (int64_t)ran_ns,
                                  memory_order_relaxed);
}

void run_queue_update(struct run_queue *queue, uint64_t now)
{
    const struct vcpu *v;
    uint64_t least;

    if (!queue->running)
        return;
    charge(queue->running, now);

    least = queue->running->schedule.virtual_runtime;
    list_for_each(v, &queue->waiting, run_link)
    {
        if (v->schedule.virtual_runtime < least)
            least = v->schedule.virtual_runtime;
        if (!v->schedule.boosted) /* the others have more */
            break;
    }
    if (least > queue->virtual_time)
        queue->virtual_time = least;
}

struct vcpu *run_queue_search(struct run_queue *queue, uint32_t cpu, uint64_t now,
                              uint64_t *retry_ns)
{
    struct vcpu *v;

    list_for_each(v, &queue->waiting, run_link)
    {
        struct domain *d = v->domain;

        if (!(v->affinity & CPU_MASK(cpu)))
            continue;
        if (!d->cap || domain_cap_left(d, now))
            return v;
        if (atomic_load(&d->cap_budget.window_end_ns) < *retry_ns)
            *retry_ns = atomic_load(&d->cap_budget.window_end_ns);
    }
    return NULL;
}

/* A new window: the whole budget, less what was overdrawn. Of several CPUs that find the old one
 * over, one does it. */
static void cap_window_begin(struct domain *d, uint64_t end_ns, uint64_t now)
{
    int64_t budget_ns = (int64_t)(CAP_WINDOW_NS / 100 * d->cap);
    uint64_t windows = end_ns ? (now - end_ns) / CAP_WINDOW_NS + 1 : 1;

    if (!atomic_compare_exchange_strong(&d->cap_budget.window_end_ns, &end_ns,
                                        end_ns ? end_ns + windows * CAP_WINDOW_NS
                                               : now + CAP_WINDOW_NS))
        return;
    int64_t left_ns = atomic_load(&d->cap_budget.left_ns);
    int64_t fresh_ns;

    do {
        fresh_ns = left_ns < 0 && windows == 1 ? left_ns + budget_ns : budget_ns;
    } while (!atomic_compare_exchange_weak(&d->cap_budget.left_ns, &left_ns, fresh_ns));
}

uint64_t domain_cap_left(struct domain *d, uint64_t now)
{
    uint64_t end_ns = atomic_load(&d->cap_budget.window_end_ns);

    if (now >= end_ns)
        cap_window_begin(d, end_ns, now);
    int64_t left_ns = atomic_load(&d->cap_budget.left_ns);

    return left_ns > 0 ? (uint64_t)left_ns : 0;
}
