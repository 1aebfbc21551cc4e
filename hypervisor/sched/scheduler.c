/* SPDX-License-Identifier: MIT */
/*
 * The scheduler: the choice at a return to the guest, idling, and balance between CPUs.
 *
 * A vCPU leaves its CPU under the lock of its run queue, its state saved: one that is in a
 * queue can be run anywhere at once. is_running is set before blocked_by is looked at for the last
 * time, and whoever sets blocked_by looks at is_running afterwards, so one of the two sees the
 * other.
 */
#include "sched/scheduler.h"

#include "arch/arch.h"
#include "console/trace.h"
#include "lib/assert.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "sched/context_switch.h"
#include "sched/handover.h"
#include "sched/placement.h"
#include "sched/run_queue.h"
#include "sched/runstate.h"
#include "sched/timer.h"

int scheduler_cpu_create(uint32_t id)
{
    struct run_queue *queue = run_queue_create(id);

    if (!queue)
        return -ENOMEM;
    cpu_by_id(id)->run_queue = queue;
    return timer_cpu_create(id);
}

/* ---- the choice ---- */

struct choice {
    uint64_t now;
    uint64_t retry_ns;       /* when a domain that used up its cap may run again */
    uint64_t virtual_others; /* least virtual runtime seen in other queues and not stolen */
    bool look_again;         /* another CPU's queue was locked */
};

/* Whether the one that ran may go on here. */
static bool may_go_on(struct vcpu *v, const struct run_queue *queue, struct choice *choice)
{
    if (atomic_load(&v->blocked_by) != 0 || !(v->affinity & CPU_MASK(queue->cpu)))
        return false;
    if (likely(!v->domain->cap) || domain_cap_left(v->domain, choice->now))
        return true;
    choice->retry_ns = atomic_load(&v->domain->cap_budget.window_end_ns);
    return false;
}

/* Whether the one that ran goes on, although @first waits. */
static bool goes_on(const struct vcpu *prev, const struct vcpu *first, uint64_t now)
{
    const struct vcpu_schedule *mine = &prev->schedule, *other = &first->schedule;

    if (may_not_be_interrupted(prev, now))
        return true;
    if (other->boosted)
        return false;
    return mine->virtual_runtime < other->virtual_runtime + virtual_ns(prev, SLICE_MIN_NS);
}

/* The first in the locked queue @other that may run here, moved to @queue but not inserted; NULL
 * if there is none, or if it had as much as @less_than, or nearly. */
static struct vcpu *steal_from(struct run_queue *other, struct run_queue *queue,
                               const struct vcpu *less_than, struct choice *choice)
{
    struct vcpu *v = run_queue_first(other, queue->cpu, choice->now, &choice->retry_ns);

    if (!v)
        return NULL;
    if (less_than &&
        v->schedule.virtual_runtime + SLICE_NS >= less_than->schedule.virtual_runtime) {
        if (v->schedule.virtual_runtime < choice->virtual_others)
            choice->virtual_others = v->schedule.virtual_runtime;
        return NULL;
    }
    run_queue_remove(other, v);
    run_queue_admit(queue, v, true);
    atomic_store_explicit(&v->schedule.queue_cpu, queue->cpu, memory_order_release);
    return v;
}

/* Take a vCPU from another CPU's queue. */
static struct vcpu *steal(struct run_queue *queue, const struct vcpu *less_than,
                          struct choice *choice)
{
    struct vcpu *v = NULL;

    for (uint32_t i = 1; i < cpu_count && !v; i++) {
        struct run_queue *other = cpu_by_id((queue->cpu + i) % cpu_count)->run_queue;

        if (!other || !atomic_load_explicit(&other->waiting_count, memory_order_relaxed))
            continue;
        if (!spin_trylock(&other->lock)) {
            choice->look_again = true;
            continue;
        }
        v = steal_from(other, queue, less_than, choice);
        spin_unlock(&other->lock);
    }
    return v;
}

/* @prev has this CPU to itself while others queue elsewhere. One that had less takes its place. If
 * none had, @prev counts as having had no less than they: what it ran when it had competition
 * of its own says nothing about them. */
static struct vcpu *give_way(struct run_queue *queue, struct vcpu *prev, struct choice *choice)
{
    struct vcpu *v;

    choice->virtual_others = ~0UL;
    v = steal(queue, prev, choice);
    if (!v && choice->virtual_others != ~0UL && list_is_empty(&queue->waiting) &&
        prev->schedule.virtual_runtime < choice->virtual_others)
        prev->schedule.virtual_runtime = choice->virtual_others;
    return v ? v : prev;
}

/* @prev is the one that ran, if it still may. The result is in no queue. */
static struct vcpu *select_next(struct run_queue *queue, struct vcpu *prev, struct choice *choice)
{
    struct vcpu *first = run_queue_first(queue, queue->cpu, choice->now, &choice->retry_ns);
    bool compare = atomic_load_explicit(&queue->may_be_favoured, memory_order_relaxed);

    if (unlikely(compare))
        atomic_store_explicit(&queue->may_be_favoured, false, memory_order_relaxed);

    if (prev && !prev->schedule.yielded && (!first || goes_on(prev, first, choice->now)))
        return compare ? give_way(queue, prev, choice) : prev;
    if (first)
        run_queue_remove(queue, first);
    else
        first = steal(queue, NULL, choice);
    return first ? first : prev;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* When this CPU chooses again. Alone, a vCPU runs on without a tick. */
static uint64_t slice_end(const struct run_queue *queue, const struct vcpu *next,
                          const struct choice *choice)
{
    const struct vcpu *first = list_first(&queue->waiting, struct vcpu, run_link);
    uint64_t end_ns = choice->retry_ns;

    if (next && first) {
        uint64_t until_ns = uninterrupted_until(next);
        bool is_short = next->schedule.boosted || first->schedule.boosted;

        /* It is over if @first may not run here, as one whose domain has used up its cap. */
        if (!is_short || until_ns <= choice->now)
            until_ns = choice->now + SLICE_NS;
        end_ns = earlier(end_ns, until_ns);
    }
    if (next && next->domain->cap)
        end_ns = earlier(end_ns, choice->now + domain_cap_left(next->domain, choice->now));
    return end_ns;
}

/* ---- the switch ---- */

static bool begin_running(struct run_queue *queue, struct vcpu *v, uint64_t now)
{
    atomic_store(&v->is_running, true);
    if (atomic_load(&v->blocked_by) != 0) {
        atomic_store(&v->is_running, false);
        runstate_set(v, runstate_while_blocked(v), now);
        return false;
    }
    atomic_store_explicit(&v->processor, queue->cpu, memory_order_relaxed);
    v->schedule.charged_until_ns = now;
    v->schedule.began_ns = now;
    handover_begin(v);
    runstate_set(v, RUNSTATE_running, now);
    return true;
}

/* Its state is saved when is_running is cleared. */
static void stop_running(struct run_queue *queue, struct vcpu *v, uint64_t now)
{
    bool is_runnable = atomic_load(&v->blocked_by) == 0;

    v->schedule.boosted = false;
    handover_end(v, !is_runnable, now);
    runstate_set(v, is_runnable ? RUNSTATE_runnable : runstate_while_blocked(v), now);
    context_save(v);
    atomic_store_explicit(&v->is_running, false, memory_order_release);
    if (is_runnable && (v->affinity & CPU_MASK(queue->cpu)))
        run_queue_insert(queue, v);
}

/* One choice. The result runs already if it is @prev, else its state is still to be loaded. */
static struct vcpu *choose(struct run_queue *queue, struct vcpu *prev, struct choice *choice)
{
    struct vcpu *stays = NULL, *next;

    ASSERT(queue->running == prev);
    run_queue_update(queue, choice->now);
    if (prev) {
        if (choice->now - prev->schedule.began_ns >= BOOST_SLICE_NS)
            prev->schedule.boosted = false;
        if (may_go_on(prev, queue, choice))
            stays = prev;
    }
    do {
        next = select_next(queue, stays, choice);
    } while (next && next != prev && !begin_running(queue, next, choice->now));

    queue->running = next;
    if (prev && next != prev) {
        stop_running(queue, prev, choice->now);
        /* Woken since it was passed over: its waker saw it running and left it to us. */
        if (!next && !list_is_empty(&queue->waiting))
            choice->look_again = true;
    }
    if (prev)
        prev->schedule.yielded = false;
    timer_set_slice(slice_end(queue, next, choice));
    return next;
}

/*
 * One word of a CPU says how long it idled, so that it can be read at any moment: twice the time; or,
 * while it idles, twice what is to be added to the present time, and 1.
 */
static uint64_t idle_time(uint64_t clock, uint64_t now)
{
    return clock & 1 ? (uint64_t)((int64_t)clock >> 1) + now : clock >> 1;
}

static void note_idle(struct run_queue *queue, bool is_idle)
{
    uint64_t now = system_time_ns();
    uint64_t time = idle_time(atomic_load_explicit(&queue->idle_clock, memory_order_relaxed), now);

    atomic_store_explicit(&queue->idle_clock, is_idle ? (time - now) << 1 | 1 : time << 1,
                          memory_order_relaxed);
}

uint64_t scheduler_idle_ns(uint32_t id)
{
    const struct run_queue *queue = cpu_by_id(id)->run_queue;

    return idle_time(atomic_load_explicit(&queue->idle_clock, memory_order_relaxed),
                     system_time_ns());
}

static void idle(struct cpu *cpu)
{
    cpu->counters.idle_entry++;
    note_idle(cpu->run_queue, true);
    placement_cpu_is_idle(cpu->id, true);
    for (;;) {
        uint32_t pending = atomic_load_explicit(&cpu->softirq, memory_order_acquire);

        if (pending & 1u << SOFTIRQ_SCHEDULE)
            break;
        if (pending)
            softirq_run();
        else
            cpu_wait_for_interrupt();
    }
    placement_cpu_is_idle(cpu->id, false);
    note_idle(cpu->run_queue, false);
}

/* Until there is somebody to run. @prev left its CPU if it is not the result. */
static struct vcpu *choose_or_idle(struct cpu *cpu, struct vcpu *prev)
{
    for (;;) {
        struct choice choice = { .retry_ns = TIMER_NEVER };
        struct run_queue *queue = cpu->run_queue;
        struct vcpu *next;

        atomic_fetch_and(&cpu->softirq, ~(1u << SOFTIRQ_SCHEDULE));
        spin_lock(&queue->lock);
        choice.now = system_time_ns();
        next = choose(queue, prev, &choice);
        spin_unlock(&queue->lock);

        if (next != prev) {
            cpu->current = NULL;
            /* Where it may run, no queue has it yet. */
            if (prev && !(prev->affinity & CPU_MASK(cpu->id)))
                vcpu_kick(prev);
            prev = NULL;
        }
        if (next) {
            placement_offer(queue, choice.now);
            return next;
        }
        if (choice.look_again)
            spin_wait_hint();
        else
            idle(cpu);
    }
}

void schedule(void)
{
    struct cpu *cpu = this_cpu();
    struct vcpu *prev = cpu->current;
    struct vcpu *next = choose_or_idle(cpu, prev);

    if (next == cpu->current)
        return;
    cpu->counters.context_switch++;
    next->counters.switches++;
    trace(TRACE_CONTEXT_SWITCH, prev ? vcpu_tag(prev) : ~0UL, vcpu_tag(next),
          next->schedule.began_ns);
    cpu->current = next;
    context_load(next);
}
