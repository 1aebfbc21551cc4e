/* SPDX-License-Identifier: MIT */
/*
 * The timer queues.
 *
 * A queue is a list sorted by deadline: entries are few (one for each vCPU that last set a timer
 * on this CPU), and a new deadline is nearly always among the first. The queue's lock guards
 * the list and the entries in it; which queue that is can change while the lock is not held,
 * so it is looked at again afterwards.
 *
 * The end of the scheduler's slice is kept apart, since it changes at every context switch and only
 * this CPU touches it.
 */
#include "sched/timer.h"

#include "arch/arch.h"
#include "console/trace.h"
#include "lib/assert.h"
#include "lib/errno.h"
#include "lib/spinlock.h"
#include "mm/heap.h"

struct timer_queue {
    struct spinlock lock;
    uint32_t cpu;
    struct list entries;
    struct timer_entry *_Atomic expiring; /* whose function is being called now */
    /* Only this CPU: */
    uint64_t slice_end_ns;
    uint64_t armed_ns; /* what the hardware timer was set to */
};

int timer_cpu_create(uint32_t id)
{
    struct timer_queue *queue = heap_alloc(sizeof(*queue));

    if (!queue)
        return -ENOMEM;
    spin_init(&queue->lock, LOCK_TIMER);
    list_init(&queue->entries);
    queue->cpu = id;
    queue->slice_end_ns = TIMER_NEVER;
    queue->armed_ns = TIMER_NEVER;
    cpu_by_id(id)->timer_queue = queue;
    return 0;
}

void timer_init(struct timer_entry *entry, void (*expire)(struct timer_entry *entry))
{
    list_init(&entry->link);
    entry->expire = expire;
    entry->is_queued = false;
    entry->is_closed = false;
    atomic_store_explicit(&entry->cpu, this_cpu()->id, memory_order_relaxed);
}

/* Locks the queue that guards @entry. */
static struct timer_queue *queue_lock(struct timer_entry *entry)
{
    for (;;) {
        uint32_t id = atomic_load_explicit(&entry->cpu, memory_order_acquire);
        struct timer_queue *queue = cpu_by_id(id)->timer_queue;

        spin_lock(&queue->lock);
        if (atomic_load_explicit(&entry->cpu, memory_order_relaxed) == id)
            return queue;
        spin_unlock(&queue->lock);
    }
}

static void dequeue(struct timer_entry *entry)
{
    if (entry->is_queued)
        list_remove(&entry->link);
    entry->is_queued = false;
}

static void enqueue(struct timer_queue *queue, struct timer_entry *entry)
{
    struct list *position = &queue->entries;

    while (position->next != &queue->entries &&
           list_entry(position->next, struct timer_entry, link)->deadline_ns <= entry->deadline_ns)
        position = position->next;
    list_insert_after(position, &entry->link);
    entry->is_queued = true;
}

/* This CPU's queue, its lock held: sets the hardware for what comes first, if that changed. */
static void arm(struct timer_queue *queue)
{
    const struct timer_entry *first = list_first(&queue->entries, struct timer_entry, link);
    uint64_t deadline_ns = queue->slice_end_ns;

    if (first && first->deadline_ns < deadline_ns)
        deadline_ns = first->deadline_ns;
    if (deadline_ns == queue->armed_ns)
        return;
    queue->armed_ns = deadline_ns;
    apic_timer_set(deadline_ns == TIMER_NEVER ? APIC_TIMER_OFF : deadline_ns);
}

void timer_set(struct timer_entry *entry, uint64_t deadline_ns)
{
    uint32_t here = this_cpu()->id;
    struct timer_queue *queue = queue_lock(entry);

    /* In another CPU's queue: make it ours first. Somebody may do the same meanwhile. */
    while (queue->cpu != here) {
        dequeue(entry);
        atomic_store_explicit(&entry->cpu, here, memory_order_release);
        spin_unlock(&queue->lock);
        queue = queue_lock(entry);
    }

    dequeue(entry);
    if (!entry->is_closed) {
        entry->deadline_ns = deadline_ns;
        enqueue(queue, entry);
    }
    arm(queue);
    spin_unlock(&queue->lock);
}

/* A hardware timer that was set for it, here or elsewhere, is left: finding nothing to do when it
 * fires costs less than setting it. */
void timer_cancel(struct timer_entry *entry)
{
    struct timer_queue *queue = queue_lock(entry);

    dequeue(entry);
    spin_unlock(&queue->lock);
}

void timer_close(struct timer_entry *entry)
{
    struct timer_queue *queue = queue_lock(entry);

    dequeue(entry);
    entry->is_closed = true;
    spin_unlock(&queue->lock);

    /* Its function may run on a CPU whose queue it has left since. */
    for (uint32_t id = 0; id < cpu_count; id++) {
        queue = cpu_by_id(id)->timer_queue;
        while (queue && atomic_load_explicit(&queue->expiring, memory_order_acquire) == entry)
            spin_wait_hint();
    }
}

void timer_set_slice(uint64_t deadline_ns)
{
    struct timer_queue *queue = this_cpu()->timer_queue;

    if (queue->slice_end_ns == deadline_ns)
        return;
    queue->slice_end_ns = deadline_ns;
    /* Later than what is armed: the timer fires early, finds nothing due and is set anew. */
    if (deadline_ns >= queue->armed_ns)
        return;
    queue->armed_ns = deadline_ns;
    apic_timer_set(deadline_ns);
}

void timer_limit_slice(uint64_t deadline_ns)
{
    if (deadline_ns < this_cpu()->timer_queue->slice_end_ns)
        timer_set_slice(deadline_ns);
}

void timer_softirq(void)
{
    struct cpu *cpu = this_cpu();
    struct timer_queue *queue = cpu->timer_queue;
    uint64_t now = system_time_ns();
    struct timer_entry *entry;

    queue->armed_ns = TIMER_NEVER;
    if (queue->slice_end_ns <= now) {
        queue->slice_end_ns = TIMER_NEVER;
        cpu_raise_softirq(cpu->id, 1u << SOFTIRQ_SCHEDULE);
    }

    spin_lock(&queue->lock);
    while ((entry = list_first(&queue->entries, struct timer_entry, link)) &&
           entry->deadline_ns <= now) {
        dequeue(entry);
        atomic_store_explicit(&queue->expiring, entry, memory_order_relaxed);
        spin_unlock(&queue->lock);

        trace(TRACE_TIMER, entry->deadline_ns, now, (uint64_t)entry);
        entry->expire(entry);

        spin_lock(&queue->lock);
        atomic_store_explicit(&queue->expiring, NULL, memory_order_release);
    }
    arm(queue);
    spin_unlock(&queue->lock);
}
