/* SPDX-License-Identifier: MIT */
/*
 * sched_op poll: sleep until one of some ports is pending, masked or not, until an upcall is due, or
 * until a time.
 *
 * The vCPU says that it sleeps and only then looks at its ports; who makes a port pending
 * looks for pollers afterwards.
 */
#include "arch/arch.h"
#include "event/evtchn.h"
#include "event/evtchn_ops.h"
#include "event/pending.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/guest_access.h"
#include "sched/scheduler.h"
#include "sched/vcpu_timer.h"

#define POLL_PORTS_MAX ARRAY_COUNT(((struct vcpu *)0)->poll_ports)

/* 1 if a listed port is pending, 0 if none is, -EINVAL if one is none. */
static int look(struct vcpu *caller, uint32_t count)
{
    struct domain *d = caller->domain;
    int result = 0;

    spin_lock(&d->events->lock);
    for (uint32_t i = 0; i < count && !result; i++) {
        const struct evtchn *channel = evtchn_find(d->events, caller->poll_ports[i]);

        if (!channel || channel->state == EVTCHN_FREE)
            result = -EINVAL;
        else
            result = evtchn_is_pending(d, channel);
    }
    spin_unlock(&d->events->lock);
    return result;
}

long sched_op_poll(struct vcpu *caller, struct sched_poll *op)
{
    uint32_t count = op->nr_ports;
    int found;

    if (count > POLL_PORTS_MAX)
        return refuse(-EINVAL, "%u ports to poll", count);
    atomic_store_explicit(&caller->poll_port_count, 0, memory_order_release);
    if (copy_from_guest(caller->poll_ports, op->ports, count * sizeof(evtchn_port_t)))
        return -EFAULT;
    atomic_store_explicit(&caller->poll_port_count, count, memory_order_release);

    vcpu_sleep(caller, VCPU_POLLING);
    found = look(caller, count);
    if (found || vcpu_event_deliverable(caller) ||
        (op->timeout && deadline_is_past(op->timeout, system_time_ns()))) {
        vcpu_wake(caller, VCPU_POLLING);
        return found < 0 ? refuse(found, "a port to poll is not bound") : 0;
    }
    vcpu_timer_set_poll(caller, op->timeout);
    return 0;
}
