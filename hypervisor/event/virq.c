/* SPDX-License-Identifier: MIT */
/*
 * Virtual interrupts.
 *
 * vcpu->virq_port names the port of each, guarded by vcpu->virq_lock; it is held during
 * delivery, so a port stays bound until then. Those that are not of a vCPU are noted with vCPU 0,
 * whichever vCPU their port notifies.
 */
#include "event/virq.h"

#include "event/pending.h"
#include "lib/assert.h"

enum virq_kind virq_kind(uint32_t virq)
{
    static const uint8_t kinds[NR_VIRQS] = {
        [VIRQ_TIMER] = VIRQ_KIND_VCPU,    [VIRQ_DEBUG] = VIRQ_KIND_VCPU,
        [VIRQ_XENOPROF] = VIRQ_KIND_VCPU, [VIRQ_XENPMU] = VIRQ_KIND_VCPU,
        [VIRQ_ARGO] = VIRQ_KIND_DOMAIN,
    };

    return kinds[virq];
}

bool virq_is_bound(const struct vcpu *v, uint32_t virq)
{
    return v->virq_port[virq] != 0;
}

static void note_port(struct vcpu *v, uint32_t virq, uint32_t port)
{
    spin_lock(&v->virq_lock);
    v->virq_port[virq] = port;
    spin_unlock(&v->virq_lock);
}

void virq_bind(struct vcpu *v, struct evtchn *channel, uint32_t virq)
{
    channel->virq = virq;
    atomic_store_explicit(&channel->vcpu, v->id, memory_order_relaxed);
    note_port(v, virq, channel->port);
}

void virq_unbind(struct domain *d, struct evtchn *channel)
{
    uint32_t id = virq_kind(channel->virq) == VIRQ_KIND_VCPU ? channel->vcpu : 0;

    ASSERT(d->vcpus[id]->virq_port[channel->virq] == channel->port);
    note_port(d->vcpus[id], channel->virq, 0);
}

void virq_send_vcpu(struct vcpu *v, uint32_t virq)
{
    uint32_t port;

    spin_lock(&v->virq_lock);
    port = v->virq_port[virq];
    if (port)
        evtchn_set_pending(v->domain, evtchn_find(v->domain->events, port));
    spin_unlock(&v->virq_lock);
}

void virq_send_domain(struct domain *d, uint32_t virq)
{
    ASSERT(virq_kind(virq) != VIRQ_KIND_VCPU);
    if (d->vcpus[0])
        virq_send_vcpu(d->vcpus[0], virq);
}

void virq_send_global(uint32_t virq)
{
    if (control_domain)
        virq_send_domain(control_domain, virq);
}
