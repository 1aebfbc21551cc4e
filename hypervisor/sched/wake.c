/* SPDX-License-Identifier: MIT */
/*
 * What makes vCPUs runnable and what stops them: wake-ups, sleep, pausing, affinity, weights.
 *
 * A wake-up clears bits of blocked_by and then looks under the queue's lock whether the vCPU is
 * already running or queued. A CPU that gives up a vCPU decides under the same lock, so no wake-up
 * is lost between its look at blocked_by and the switch.
 */
#include "arch/arch.h"
#include "console/trace.h"
#include "domain/handlers.h"
#include "lib/assert.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "sched/context_switch.h"
#include "sched/handover.h"
#include "sched/placement.h"
#include "sched/run_queue.h"
#include "sched/runstate.h"
#include "sched/sched_ops.h"
#include "sched/scheduler.h"
#include "sched/timer.h"
#include "sched/vcpu_timer.h"

/* How far ahead of virtual time one may be and still go first when an event wakes it. */
#define BOOST_LEAD_NS (SLICE_NS / 2)

#define SLEEPS (VCPU_BLOCKED | VCPU_POLLING)

/* Lock held. Whether CPU @queue->cpu should choose again because @v joined. */
static bool changes_choice(const struct run_queue *queue, const struct vcpu *v)
{
    /* With a second one to run, the first needs a slice; else only one in front makes a difference. */
    return atomic_load_explicit(&queue->waiting_count, memory_order_relaxed) == 1 ||
           list_first(&queue->waiting, struct vcpu, run_link) == v;
}

/* Lock held. @v joined, and may be the better choice for CPU @queue->cpu. While the one that runs
 * here would go on in any case, the end of that time is all that need be seen to. Were it not to
 * go on for another reason, that reason has asked for a choice. */
static void choose_again(const struct run_queue *queue, uint64_t now)
{
    struct vcpu *running = queue->running;

    if (running && queue->cpu == this_cpu()->id && may_not_be_interrupted(running, now) &&
        !handover_decide(running, now))
        timer_limit_slice(uninterrupted_until(running));
    else
        cpu_raise_softirq(queue->cpu, 1u << SOFTIRQ_SCHEDULE);
}

/* Lock held: neither queued nor running, and nothing holds it back. */
static bool is_loose(const struct vcpu *v)
{
    return !v->schedule.queued && !atomic_load(&v->is_running) && !atomic_load(&v->blocked_by);
}

static void join(struct run_queue *queue, struct vcpu *v, bool comes_from_other, bool by_event)
{
    uint64_t now = system_time_ns();

    run_queue_update(queue, now);
    run_queue_admit(queue, v, comes_from_other);
    v->schedule.boosted =
        by_event && v->schedule.virtual_runtime <= queue->virtual_time + BOOST_LEAD_NS;
    runstate_set(v, RUNSTATE_runnable, now);
    run_queue_insert(queue, v);
    trace(TRACE_WAKE, vcpu_tag(v), queue->cpu, v->schedule.boosted);
    if (changes_choice(queue, v))
        choose_again(queue, now);
}

static void make_runnable(struct vcpu *v, bool by_event)
{
    struct run_queue *queue = run_queue_lock(v);
    uint32_t from = queue->cpu;

    while (is_loose(v)) {
        uint32_t to = placement_choose(v);

        if (to == queue->cpu) {
            join(queue, v, to != from, by_event);
            break;
        }
        atomic_store_explicit(&v->schedule.queue_cpu, to, memory_order_release);
        spin_unlock(&queue->lock);
        queue = run_queue_lock(v);
        /* Claimed idle or not: it goes to the CPU that was chosen, unless somebody was faster. */
        if (is_loose(v) && queue->cpu == to) {
            join(queue, v, to != from, by_event);
            break;
        }
    }
    spin_unlock(&queue->lock);
}

/* Paused no longer, but asleep: the time from now on is its own choice. */
static void note_only_asleep(struct vcpu *v)
{
    struct run_queue *queue = run_queue_lock(v);

    if (!v->schedule.queued && !atomic_load(&v->is_running) && atomic_load(&v->blocked_by))
        runstate_set(v, runstate_while_blocked(v), system_time_ns());
    spin_unlock(&queue->lock);
}

void vcpu_wake(struct vcpu *v, uint32_t reasons)
{
    uint32_t before = atomic_fetch_and(&v->blocked_by, ~reasons);

    if (before & reasons & VCPU_POLLING)
        atomic_fetch_sub(&v->domain->poller_count, 1);
    if (before && !(before & ~reasons))
        make_runnable(v, before & SLEEPS);
}

/* Which sleep an upcall ends: the mask does not matter to a vCPU in sched_op block, which cleared it. */
static uint32_t sleeps_ended(const struct vcpu *v)
{
    const volatile struct vcpu_info *info = v->info;

    if (atomic_load_explicit(&v->nmi_pending, memory_order_relaxed))
        return SLEEPS;
    if (!info->evtchn_upcall_pending)
        return 0;
    return info->evtchn_upcall_mask ? VCPU_BLOCKED : SLEEPS;
}

void vcpu_kick(struct vcpu *v)
{
    uint32_t reasons = atomic_load(&v->blocked_by);

    if (reasons & SLEEPS) {
        vcpu_wake(v, sleeps_ended(v));
        if (atomic_load(&v->blocked_by) && v->time.runstate.state == RUNSTATE_offline)
            note_only_asleep(v);
        return;
    }
    if (reasons)
        return;
    if (atomic_load(&v->is_running)) {
        uint32_t cpu = atomic_load_explicit(&v->processor, memory_order_relaxed);

        if (cpu != this_cpu()->id)
            cpu_kick(cpu);
    } else if (!v->schedule.queued) {
        make_runnable(v, false);
    }
}

void vcpu_sleep(struct vcpu *v, enum vcpu_block_reason reason)
{
    struct cpu *cpu = this_cpu();

    ASSERT(v == cpu->current);
    trace(TRACE_BLOCK, vcpu_tag(v), reason, 0);
    if (reason == VCPU_POLLING)
        atomic_fetch_add(&v->domain->poller_count, 1);
    atomic_fetch_or(&v->blocked_by, (uint32_t)reason);
    atomic_fetch_or(&cpu->softirq, 1u << SOFTIRQ_SCHEDULE);
}

void vcpu_yield(struct vcpu *v)
{
    struct cpu *cpu = this_cpu();

    ASSERT(v == cpu->current);
    v->schedule.yielded = true;
    atomic_fetch_or(&cpu->softirq, 1u << SOFTIRQ_SCHEDULE);
}

/* ---- stopping from outside ---- */

static void ask_to_leave(struct vcpu *v)
{
    if (atomic_load(&v->is_running))
        cpu_raise_softirq(atomic_load(&v->processor), 1u << SOFTIRQ_SCHEDULE);
}

/* The CPU that is waited for may itself wait for a function call of ours to be served. */
static void wait_until_left(struct vcpu *v)
{
    while (v != current_vcpu() && atomic_load_explicit(&v->is_running, memory_order_acquire)) {
        cpu_serve_requests();
        cpu_run_calls();
        cpu_relax();
    }
}

void vcpu_stop(struct vcpu *v, enum vcpu_block_reason reason)
{
    atomic_fetch_or(&v->blocked_by, (uint32_t)reason);
    ask_to_leave(v);
}

void vcpu_deschedule(struct vcpu *v)
{
    ASSERT(spin_held()->depth == 0);
    ask_to_leave(v);
    wait_until_left(v);
}

static void domain_deschedule(struct domain *d, bool wait)
{
    for (uint32_t i = 0; i < d->vcpu_count; i++)
        ask_to_leave(d->vcpus[i]);
    for (uint32_t i = 0; wait && i < d->vcpu_count; i++)
        wait_until_left(d->vcpus[i]);
}

/* ---- settings ---- */

int vcpu_set_affinity(struct vcpu *v, uint64_t cpus)
{
    struct run_queue *queue;
    bool must_move;

    if (!(cpus & cpu_mask_online()))
        return refuse(-EINVAL, "no CPU of the set %#lx is up", cpus);

    queue = run_queue_lock(v);
    v->affinity = cpus;
    must_move = v->schedule.queued && !(cpus & CPU_MASK(queue->cpu));
    if (must_move)
        run_queue_remove(queue, v);
    spin_unlock(&queue->lock);

    if (must_move)
        make_runnable(v, false);
    ask_to_leave(v); /* it stays if it may */
    return 0;
}

int domain_set_weight(struct domain *d, uint32_t weight, uint32_t cap)
{
    if (weight < 1 || weight > SCHED_WEIGHT_MAX)
        return refuse(-EINVAL, "weight %u is not within 1 and %u", weight, SCHED_WEIGHT_MAX);
    if (cap > 100 * MAX_CPUS)
        return refuse(-EINVAL, "cap %u is more than all CPUs", cap);

    d->weight = weight;
    d->cap = cap;
    for (uint32_t i = 0; i < d->vcpu_count; i++)
        ask_to_leave(d->vcpus[i]); /* a running one gets its slice by the new cap */
    return 0;
}

uint32_t scheduler_waiting(uint32_t id)
{
    return atomic_load_explicit(&cpu_by_id(id)->run_queue->waiting_count, memory_order_relaxed);
}

/* ---- life ---- */

void scheduler_domain_init(struct domain *d)
{
    if (!d->weight)
        d->weight = SCHED_WEIGHT_DEFAULT;
    for (unsigned i = 0; i < DOMAIN_WATCHDOGS; i++)
        watchdog_init(d, i);
}

void scheduler_vcpu_init(struct vcpu *v)
{
    uint32_t cpu = v->id % cpu_count;

    list_init(&v->run_link);
    v->affinity = ~0UL;
    v->soft_affinity = ~0UL;
    atomic_store(&v->processor, cpu);
    atomic_store(&v->schedule.queue_cpu, cpu);
    vcpu_timer_init(v);
    runstate_init(v, system_time_ns());
}

/* Of a vCPU that waited when it was held back: schedule() would have dropped it on its way. */
static void leave_queue(struct vcpu *v)
{
    struct run_queue *queue = run_queue_lock(v);

    if (v->schedule.queued)
        run_queue_remove(queue, v);
    spin_unlock(&queue->lock);
}

void scheduler_domain_close(struct domain *d)
{
    for (uint32_t i = 0; i < d->vcpu_count; i++) {
        ASSERT(!atomic_load(&d->vcpus[i]->is_running) && atomic_load(&d->vcpus[i]->blocked_by));
        leave_queue(d->vcpus[i]);
        vcpu_timer_close(d->vcpus[i]);
    }
    for (unsigned i = 0; i < DOMAIN_WATCHDOGS; i++)
        timer_close(&d->watchdogs[i].timer);
    context_forget(d);
}

void scheduler_init(void)
{
    domain_handlers.vcpu_kick = vcpu_kick;
    domain_handlers.domain_deschedule = domain_deschedule;
    domain_handlers.vcpu_deschedule = vcpu_deschedule;
}
