/* SPDX-License-Identifier: MIT */
/* The commands of sched_op. */
#include "sched/sched_ops.h"

#include "arch/arch.h"
#include "console/printk.h"
#include "lib/barrier.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "sched/scheduler.h"
#include "sched/timer.h"

#define NS_PER_SECOND 1000000000UL

long sched_op_yield(struct vcpu *caller)
{
    vcpu_yield(caller);
    return 0;
}

long sched_op_block(struct vcpu *caller)
{
    WRITE_ONCE(caller->info->evtchn_upcall_mask, 0);
    vcpu_sleep(caller, VCPU_BLOCKED);
    if (vcpu_event_deliverable(caller))
        vcpu_wake(caller, VCPU_BLOCKED);
    return 0;
}

long sched_op_shutdown(struct vcpu *caller, struct sched_shutdown *op)
{
    if (op->reason > SHUTDOWN_MAX)
        return refuse(-EINVAL, "shutdown for reason %u", op->reason);
    domain_shutdown(caller->domain, (uint8_t)op->reason);
    return 0;
}

long sched_op_shutdown_code(struct vcpu *caller, struct sched_shutdown *op)
{
    if (op->reason > SHUTDOWN_MAX)
        return refuse(-EINVAL, "shutdown code %u", op->reason);
    caller->domain->announced_shutdown = (uint8_t)(op->reason + 1);
    return 0;
}

/* ---- watchdogs ---- */

static void watchdog_expire(struct timer_entry *entry)
{
    struct domain_watchdog *watchdog = container_of(entry, struct domain_watchdog, timer);

    log_warning("%s: watchdog expired", watchdog->domain->name);
    domain_shutdown(watchdog->domain, SHUTDOWN_watchdog);
}

void watchdog_init(struct domain *d, unsigned index)
{
    struct domain_watchdog *watchdog = &d->watchdogs[index];

    watchdog->domain = d;
    timer_init(&watchdog->timer, watchdog_expire);
}

/* Lock held. The watchdog @id names, or for 0 a free one; NULL. */
static struct domain_watchdog *watchdog_find(struct domain *d, uint32_t id)
{
    if (id) {
        struct domain_watchdog *named = &d->watchdogs[index_clamp(id - 1, DOMAIN_WATCHDOGS)];

        return named->is_used ? named : NULL;
    }
    for (unsigned i = 0; i < DOMAIN_WATCHDOGS; i++) {
        if (!d->watchdogs[i].is_used)
            return &d->watchdogs[i];
    }
    return NULL;
}

long sched_op_watchdog(struct vcpu *caller, struct sched_watchdog *op)
{
    struct domain *d = caller->domain;
    struct domain_watchdog *watchdog;
    long result = 0;

    if (op->id > DOMAIN_WATCHDOGS || (!op->id && !op->timeout))
        return refuse(-EINVAL, "watchdog %u, timeout %u", op->id, op->timeout);

    spin_lock(&d->lock);
    watchdog = watchdog_find(d, op->id);
    if (!watchdog) {
        result = op->id ? -EINVAL : -ENOSPC;
    } else if (op->timeout) {
        watchdog->is_used = true;
        timer_set(&watchdog->timer, system_time_ns() + op->timeout * NS_PER_SECOND);
        result = op->id ? 0 : watchdog - d->watchdogs + 1;
    } else {
        watchdog->is_used = false;
        timer_cancel(&watchdog->timer);
    }
    spin_unlock(&d->lock);
    return result < 0 ? refuse((int)result, "watchdog %u", op->id) : result;
}
