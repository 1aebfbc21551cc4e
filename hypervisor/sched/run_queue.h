/* SPDX-License-Identifier: MIT */
/*
 * One CPU's run queue: the vCPUs that wait for it, in the order in which they are to run.
 *
 * Boosted ones come first, in order of arrival, then the others by virtual runtime. The one that
 * runs is not in the list. The queue's lock guards the list, the scheduling fields and the
 * runstate of every vCPU whose schedule.queue_cpu names the queue, also while it runs or sleeps;
 * queue_cpu changes only under the lock of the queue it names before, and another CPU's lock is
 * taken under one's own by trylock only.
 */
#ifndef PARAPET_SCHED_RUN_QUEUE_H
#define PARAPET_SCHED_RUN_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/domain.h"
#include "domain/vcpu.h"
#include "lib/assert.h"
#include "lib/spinlock.h"

#define SLICE_NS       10000000UL /* when others wait */
#define BOOST_SLICE_NS 2000000UL  /* of a vCPU that was woken */
#define UNDISTURBED_NS 500000UL   /* before one that was woken takes the CPU */
#define SLICE_MIN_NS   1000000UL  /* no switch for a smaller difference */
#define CAP_WINDOW_NS  50000000UL

struct run_queue {
    struct spinlock lock;
    uint32_t cpu;
    struct list waiting;
    struct vcpu *running;           /* NULL while idle */
    _Atomic uint32_t waiting_count; /* shared (read) */
    /* Never goes back: what a vCPU that begins anew has run already, as it were. */
    uint64_t virtual_time;
    uint64_t offered_ns; /* this CPU only: when, and to whom, it last offered one that waits */
    uint32_t offered_cpu;
    _Atomic bool may_be_favoured; /* shared: more vCPUs wait elsewhere, compare with those */
    _Atomic uint64_t idle_clock;  /* shared (read): scheduler_idle_ns() knows what it means */
};

struct run_queue *run_queue_create(uint32_t cpu);

/* The queue that guards @v, locked. */
struct run_queue *run_queue_lock(struct vcpu *v);

/* Bound @v's virtual runtime to this queue's time: it gains little by sleeping, and neither starves
 * others here nor is starved by what it did on another queue. */
void run_queue_admit(const struct run_queue *queue, struct vcpu *v, bool comes_from_other);

/* Whether @a is to run before @b; of equals, the one that came first. */
static inline bool goes_before(const struct vcpu *a, const struct vcpu *b)
{
    if (a->schedule.boosted != b->schedule.boosted)
        return a->schedule.boosted;
    return !a->schedule.boosted && a->schedule.virtual_runtime < b->schedule.virtual_runtime;
}

static inline void run_queue_insert(struct run_queue *queue, struct vcpu *v)
{
    struct list *position = queue->waiting.previous;

    ASSERT(spin_is_mine(&queue->lock));
    ASSERT(!v->schedule.queued && !atomic_load(&v->is_running));
    ASSERT(atomic_load(&v->schedule.queue_cpu) == queue->cpu);

    while (position != &queue->waiting &&
           goes_before(v, list_entry(position, struct vcpu, run_link)))
        position = position->previous;
    list_insert_after(position, &v->run_link);
    v->schedule.queued = true;
    atomic_fetch_add_explicit(&queue->waiting_count, 1, memory_order_relaxed);
}

static inline void run_queue_remove(struct run_queue *queue, struct vcpu *v)
{
    ASSERT(spin_is_mine(&queue->lock));
    ASSERT(v->schedule.queued && atomic_load(&v->schedule.queue_cpu) == queue->cpu);

    list_remove(&v->run_link);
    v->schedule.queued = false;
    atomic_fetch_sub_explicit(&queue->waiting_count, 1, memory_order_relaxed);
}

/* Charge what the running vCPU has run since it was last charged, to it and its domain's cap, and
 * move virtual_time on to the least that anybody has here. */
void run_queue_update(struct run_queue *queue, uint64_t now);

/* What the cap leaves the domain of the current window; 0: used up. */
uint64_t domain_cap_left(struct domain *d, uint64_t now);

/*
 * run_queue_first - the first who may run on CPU @cpu now; NULL when there is none. *@retry_ns
 * is lowered to the time when a capped domain, passed over, may run again.
 */
struct vcpu *run_queue_search(struct run_queue *queue, uint32_t cpu, uint64_t now,
                              uint64_t *retry_ns);

static inline struct vcpu *run_queue_first(struct run_queue *queue, uint32_t cpu, uint64_t now,
                                           uint64_t *retry_ns)
{
    struct vcpu *first = list_first(&queue->waiting, struct vcpu, run_link);

    if (!first || likely((first->affinity >> cpu & 1) && !first->domain->cap))
        return first;
    return run_queue_search(queue, cpu, now, retry_ns);
}

/* Virtual time of @ns on a CPU. */
static inline uint64_t virtual_ns(const struct vcpu *v, uint64_t ns)
{
    return ns * 256 / v->domain->weight;
}

#endif
