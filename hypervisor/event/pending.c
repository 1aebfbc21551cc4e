/* SPDX-License-Identifier: MIT */
/*
 * Delivery by the 2-level ABI, the upcall, and pollers.
 *
 * Bits are set from the port up: pending, selector, upcall, each by a locked instruction, and each
 * next step only if the bit was clear. The guest goes the other way. A vCPU whose vcpu_info moves
 * is explained in sched/vcpu_info.c.
 */
#include "event/pending.h"

#include "arch/arch.h"
#include "console/trace.h"
#include "event/fifo.h"
#include "lib/assert.h"
#include "lib/barrier.h"
#include "sched/scheduler.h"

void evtchn_raise_upcall(struct vcpu *v)
{
    struct vcpu_info *info = __atomic_load_n(&v->info, __ATOMIC_ACQUIRE);

    if (!__atomic_exchange_n(&info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST))
        vcpu_kick(v);
}

static bool is_polled_by(const struct vcpu *v, uint32_t port)
{
    uint32_t count = atomic_load_explicit(&v->poll_port_count, memory_order_acquire);

    for (uint32_t i = 0; i < count; i++) {
        if (v->poll_ports[i] == port)
            return true;
    }
    return false;
}

/* Masked or not. A vCPU that begins to poll looks at its ports after it said so, and the port is
 * pending by now, so one of the two sees the other. */
static NOINLINE void wake_pollers(struct domain *d, uint32_t port)
{
    for (uint32_t i = 0; i < d->vcpu_count; i++) {
        struct vcpu *v = d->vcpus[i];

        if ((atomic_load(&v->blocked_by) & VCPU_POLLING) && is_polled_by(v, port))
            vcpu_wake(v, VCPU_POLLING);
    }
}

static struct vcpu *notified_vcpu(const struct domain *d, const struct evtchn *channel)
{
    return d->vcpus[atomic_load_explicit(&channel->vcpu, memory_order_relaxed)];
}

/* Pending and not masked: on to the selector and the upcall. A domain that is being built may not
 * have the vCPU yet. */
static void select_word(struct vcpu *v, uint32_t word)
{
    struct vcpu_info *info;

    if (unlikely(!v))
        return;
    info = __atomic_load_n(&v->info, __ATOMIC_ACQUIRE);
    if (!locked_bit_set64(&info->evtchn_pending_sel, word))
        evtchn_raise_upcall(v);
}

void evtchn_set_pending(struct domain *d, struct evtchn *channel)
{
    struct evtchn_fifo *fifo = atomic_load_explicit(&d->events->fifo, memory_order_acquire);
    struct shared_info *shared = d->shared;
    uint32_t port = channel->port, word = port / 64, bit = port % 64;

    trace(TRACE_EVENT_SEND, d->id, port, 0);
    this_cpu()->counters.event_sent++;
    if (unlikely(fifo)) {
        fifo_set_pending(d, fifo, channel);
    } else {
        ASSERT(port < EVTCHN_2L_NR_CHANNELS);
        if (locked_bit_set64(&shared->evtchn_pending[word], bit))
            return;
        if (!(READ_ONCE(shared->evtchn_mask[word]) >> bit & 1))
            select_word(notified_vcpu(d, channel), word);
    }
    if (unlikely(atomic_load_explicit(&d->poller_count, memory_order_relaxed)))
        wake_pollers(d, port);
}

void evtchn_unmask(struct domain *d, struct evtchn *channel)
{
    struct evtchn_fifo *fifo = atomic_load_explicit(&d->events->fifo, memory_order_acquire);
    struct shared_info *shared = d->shared;
    uint32_t word = channel->port / 64, bit = channel->port % 64;

    if (fifo)
        fifo_unmask(d, fifo, channel);
    else if (locked_bit_clear64(&shared->evtchn_mask[word], bit) &&
             (READ_ONCE(shared->evtchn_pending[word]) >> bit & 1))
        select_word(notified_vcpu(d, channel), word);
}

void evtchn_clear_pending(struct domain *d, struct evtchn *channel)
{
    struct evtchn_fifo *fifo = atomic_load_explicit(&d->events->fifo, memory_order_acquire);

    if (fifo)
        fifo_clear_pending(fifo, channel);
    else
        locked_bit_clear64(&d->shared->evtchn_pending[channel->port / 64], channel->port % 64);
}

bool evtchn_is_pending(struct domain *d, const struct evtchn *channel)
{
    const struct evtchn_fifo *fifo = atomic_load_explicit(&d->events->fifo, memory_order_acquire);
    uint32_t port = channel->port;

    if (fifo)
        return fifo_is_pending(fifo, channel);
    return READ_ONCE(d->shared->evtchn_pending[port / 64]) >> (port % 64) & 1;
}
