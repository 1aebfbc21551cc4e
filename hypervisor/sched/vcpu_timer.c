/* SPDX-License-Identifier: MIT */
/*
 * The timers of a vCPU. v->time.lock guards the deadlines; the entry v->timer is set for the
 * earliest of them, under that lock. What an expiry causes happens without it.
 */
#include "sched/vcpu_timer.h"

#include "arch/arch.h"
#include "domain/handlers.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "sched/scheduler.h"
#include "sched/timer.h"

#define PERIODIC_TIMER_MAX_NS (1UL << 62)

/* Lock held. */
static void set_entry(struct vcpu *v)
{
    const struct vcpu_time *time = &v->time;
    uint64_t earliest_ns = TIMER_NEVER;

    if (time->singleshot_deadline_ns)
        earliest_ns = time->singleshot_deadline_ns;
    if (time->periodic_period_ns && time->periodic_next_ns < earliest_ns)
        earliest_ns = time->periodic_next_ns;
    if (time->poll_deadline_ns && time->poll_deadline_ns < earliest_ns)
        earliest_ns = time->poll_deadline_ns;

    if (earliest_ns == TIMER_NEVER)
        timer_cancel(&v->timer);
    else
        timer_set(&v->timer, earliest_ns);
}

static bool take_if_due(uint64_t *deadline_ns, uint64_t now)
{
    if (*deadline_ns == 0 || *deadline_ns > now)
        return false;
    *deadline_ns = 0;
    return true;
}

/* Ticks that were missed are not made up for. */
static bool periodic_is_due(struct vcpu_time *time, uint64_t now)
{
    if (!time->periodic_period_ns || time->periodic_next_ns > now)
        return false;
    time->periodic_next_ns += time->periodic_period_ns;
    if (time->periodic_next_ns <= now)
        time->periodic_next_ns = now + time->periodic_period_ns;
    return true;
}

static void vcpu_timer_expire(struct timer_entry *entry)
{
    struct vcpu *v = container_of(entry, struct vcpu, timer);
    uint64_t now = system_time_ns();

    spin_lock(&v->time.lock);
    bool singleshot = take_if_due(&v->time.singleshot_deadline_ns, now);
    bool periodic = periodic_is_due(&v->time, now);
    bool poll = take_if_due(&v->time.poll_deadline_ns, now);
    set_entry(v);
    spin_unlock(&v->time.lock);

    if (singleshot || periodic)
        domain_handlers.virq_vcpu(v, VIRQ_TIMER);
    if (poll)
        vcpu_wake(v, VCPU_POLLING);
}

void vcpu_timer_init(struct vcpu *v)
{
    spin_init(&v->time.lock, LOCK_VCPU_TIME);
    timer_init(&v->timer, vcpu_timer_expire);
}

void vcpu_timer_close(struct vcpu *v)
{
    timer_close(&v->timer);
}

void vcpu_timer_set_singleshot(struct vcpu *v, uint64_t deadline_ns)
{
    bool is_past = deadline_is_past(deadline_ns, system_time_ns());

    spin_lock(&v->time.lock);
    v->time.singleshot_deadline_ns = is_past ? 0 : deadline_ns;
    set_entry(v);
    spin_unlock(&v->time.lock);

    if (is_past)
        domain_handlers.virq_vcpu(v, VIRQ_TIMER);
}

void vcpu_timer_stop_singleshot(struct vcpu *v)
{
    spin_lock(&v->time.lock);
    v->time.singleshot_deadline_ns = 0;
    set_entry(v);
    spin_unlock(&v->time.lock);
}

int vcpu_timer_set_periodic(struct vcpu *v, uint64_t period_ns)
{
    if (period_ns < PERIODIC_TIMER_MIN_NS)
        return refuse(-EINVAL, "a period of %lu ns is shorter than 1 ms", period_ns);
    if (period_ns > PERIODIC_TIMER_MAX_NS)
        return refuse(-EINVAL, "a period of %lu ns is too long", period_ns);

    spin_lock(&v->time.lock);
    v->time.periodic_period_ns = period_ns;
    v->time.periodic_next_ns = system_time_ns() + period_ns;
    set_entry(v);
    spin_unlock(&v->time.lock);
    return 0;
}

void vcpu_timer_stop_periodic(struct vcpu *v)
{
    spin_lock(&v->time.lock);
    v->time.periodic_period_ns = 0;
    set_entry(v);
    spin_unlock(&v->time.lock);
}

void vcpu_timer_set_poll(struct vcpu *v, uint64_t deadline_ns)
{
    spin_lock(&v->time.lock);
    v->time.poll_deadline_ns = deadline_ns;
    set_entry(v);
    spin_unlock(&v->time.lock);
}
