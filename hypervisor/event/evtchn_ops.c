/* SPDX-License-Identifier: MIT */
/* The commands of event_channel_op on ports. */
#include "event/evtchn_ops.h"

#include "event/evtchn.h"
#include "event/fifo.h"
#include "event/pending.h"
#include "event/pirq.h"
#include "event/virq.h"
#include "lib/errno.h"
#include "lib/refuse.h"

/* The domain that a call names, the caller's or one that it manages, with a reference; or NULL, and
 * *@error is -EPERM or -ESRCH. */
static struct domain *get_target(struct vcpu *caller, domid_t id, int *error)
{
    struct domain *d;

    if (id != DOMID_SELF && id != caller->domain->id && !caller->domain->is_control) {
        *error = refuse(-EPERM, "caller does not manage domain %u", id);
        return NULL;
    }
    d = domain_get_target(caller, id);
    if (d && d->events)
        return d;
    if (d)
        domain_put(d);
    *error = refuse(-ESRCH, "there is no domain %u", id);
    return NULL;
}

static domid_t without_self(const struct vcpu *caller, domid_t id)
{
    return id == DOMID_SELF ? caller->domain->id : id;
}

/* The lock is held. A port that is bound to something; NULL if it is free or never was. */
static struct evtchn *find_bound(struct domain *d, uint32_t port)
{
    struct evtchn *channel = evtchn_find(d->events, port);

    return channel && channel->state != EVTCHN_FREE ? channel : NULL;
}

static long no_such_port(uint32_t port)
{
    return refuse(-EINVAL, "port %u is not bound", port);
}

/* ---- binding ---- */

long evtchn_op_alloc_unbound(struct vcpu *caller, struct evtchn_alloc_unbound *op)
{
    struct evtchn *channel;
    int error;
    struct domain *d = get_target(caller, op->dom, &error);

    if (!d)
        return error;
    spin_lock(&d->events->lock);
    error = evtchn_take(d, &channel);
    if (!error) {
        evtchn_bind(d, channel, EVTCHN_UNBOUND);
        channel->unbound_for = without_self(caller, op->remote_dom);
        op->port = channel->port;
    }
    spin_unlock(&d->events->lock);
    domain_put(d);
    return error;
}

/* Both locks are held. */
static int bind_peer(struct domain *d, struct domain *remote, uint32_t remote_port,
                     uint32_t *local_port)
{
    struct evtchn *peer = find_bound(remote, remote_port);
    struct evtchn *channel;
    int error;

    if (!peer || peer->state != EVTCHN_UNBOUND || peer->unbound_for != d->id)
        return refuse(-EINVAL, "port %u of domain %u does not wait for domain %u", remote_port,
                      remote->id, d->id);
    if (remote->events->is_closed)
        return refuse(-EINVAL, "domain %u is dying", remote->id);
    error = evtchn_take(d, &channel);
    if (error)
        return error;

    evtchn_bind(d, channel, EVTCHN_INTERDOMAIN);
    channel->peer.domain = remote;
    channel->peer.port = peer->port;
    peer->state = EVTCHN_INTERDOMAIN;
    peer->peer.domain = d;
    peer->peer.port = channel->port;
    *local_port = channel->port;
    /* The peer may have sent while nobody was bound; better one event too many. */
    evtchn_set_pending(d, channel);
    return 0;
}

long evtchn_op_bind_interdomain(struct vcpu *caller, struct evtchn_bind_interdomain *op)
{
    struct domain *d = caller->domain;
    struct domain *remote = domain_find(without_self(caller, op->remote_dom));
    int error;

    if (!remote || !remote->events || atomic_load(&remote->life) != DOMAIN_ALIVE)
        return refuse(-ESRCH, "there is no domain %u", op->remote_dom);
    evtchn_lock_both(d, remote);
    error = bind_peer(d, remote, op->remote_port, &op->local_port);
    evtchn_unlock_both(d, remote);
    return error;
}

/* Whether @v of the caller's domain may bind @virq. */
static int check_virq(const struct domain *d, const struct vcpu *v, uint32_t virq)
{
    if (virq_kind(virq) != VIRQ_KIND_VCPU && v->id != 0)
        return refuse(-EINVAL, "virq %u is bound on vCPU 0 only", virq);
    if (virq_kind(virq) == VIRQ_KIND_GLOBAL && !d->is_control)
        return refuse(-EBUSY, "virq %u is for the control domain", virq);
    if (virq_is_bound(v, virq))
        return refuse(-EEXIST, "virq %u of vCPU %u is bound", virq, v->id);
    return 0;
}

long evtchn_op_bind_virq(struct vcpu *caller, struct evtchn_bind_virq *op)
{
    struct domain *d = caller->domain;
    struct vcpu *v = domain_vcpu(d, op->vcpu);
    uint32_t virq = (uint32_t)index_clamp(op->virq, NR_VIRQS);
    struct evtchn *channel;
    int error;

    if (op->virq >= NR_VIRQS)
        return refuse(-EINVAL, "there is no virq %u", op->virq);
    if (!v)
        return refuse(-ENOENT, "there is no vCPU %u", op->vcpu);

    spin_lock(&d->events->lock);
    error = check_virq(d, v, virq);
    if (!error)
        error = evtchn_take(d, &channel);
    if (!error) {
        evtchn_bind(d, channel, EVTCHN_VIRQ);
        virq_bind(v, channel, virq);
        op->port = channel->port;
    }
    spin_unlock(&d->events->lock);
    return error;
}

long evtchn_op_bind_ipi(struct vcpu *caller, struct evtchn_bind_ipi *op)
{
    struct domain *d = caller->domain;
    struct vcpu *v = domain_vcpu(d, op->vcpu);
    struct evtchn *channel;
    int error;

    if (!v)
        return refuse(-ENOENT, "there is no vCPU %u", op->vcpu);
    spin_lock(&d->events->lock);
    error = evtchn_take(d, &channel);
    if (!error) {
        evtchn_bind(d, channel, EVTCHN_IPI);
        atomic_store_explicit(&channel->vcpu, v->id, memory_order_relaxed);
        op->port = channel->port;
    }
    spin_unlock(&d->events->lock);
    return error;
}

long evtchn_op_bind_pirq(struct vcpu *caller, struct evtchn_bind_pirq *op)
{
    struct domain *d = caller->domain;
    struct evtchn *channel;
    int error;

    spin_lock(&d->events->lock);
    error = evtchn_take(d, &channel);
    if (!error) {
        /* The interrupt may come before pirq_bind() returns. */
        evtchn_bind(d, channel, EVTCHN_PIRQ);
        channel->pirq = op->pirq;
        error = pirq_bind(d, op->pirq, channel);
        if (error)
            evtchn_free(d, channel);
        else
            op->port = channel->port;
    }
    spin_unlock(&d->events->lock);
    return error;
}

long evtchn_op_close(struct vcpu *caller, struct evtchn_close *op)
{
    int error = evtchn_close(caller->domain, op->port);

    return error ? no_such_port(op->port) : 0;
}

/* ---- use ---- */

long evtchn_op_send(struct vcpu *caller, struct evtchn_send *op)
{
    struct domain *d = caller->domain;
    struct evtchn_table *table = d->events;
    struct evtchn *channel = evtchn_find(table, op->port);
    long error = 0;

    if (!channel)
        return no_such_port(op->port);
    caller->counters.events_sent++;
    spin_lock(&table->lock);
    switch ((enum evtchn_state)channel->state) {
    case EVTCHN_INTERDOMAIN:
        evtchn_set_pending(channel->peer.domain,
                           evtchn_find(channel->peer.domain->events, channel->peer.port));
        break;
    case EVTCHN_IPI:
        evtchn_set_pending(d, channel);
        break;
    case EVTCHN_UNBOUND:
        break;
    case EVTCHN_FREE:
    case EVTCHN_VIRQ:
    case EVTCHN_PIRQ:
        error = -EINVAL;
        break;
    }
    spin_unlock(&table->lock);
    return error ? refuse((int)error, "port %u is not for sending", op->port) : 0;
}

long evtchn_op_unmask(struct vcpu *caller, struct evtchn_unmask *op)
{
    struct domain *d = caller->domain;
    struct evtchn *channel;

    spin_lock(&d->events->lock);
    channel = find_bound(d, op->port);
    if (channel)
        evtchn_unmask(d, channel);
    spin_unlock(&d->events->lock);
    return channel ? 0 : no_such_port(op->port);
}

/* Which of its states the ABI lets a port change vCPUs in. */
static bool may_move(const struct evtchn *channel)
{
    switch ((enum evtchn_state)channel->state) {
    case EVTCHN_UNBOUND:
    case EVTCHN_INTERDOMAIN:
    case EVTCHN_PIRQ:
        return true;
    case EVTCHN_VIRQ:
        return virq_kind(channel->virq) != VIRQ_KIND_VCPU;
    case EVTCHN_FREE:
    case EVTCHN_IPI:
        return false;
    }
    return false;
}

long evtchn_op_bind_vcpu(struct vcpu *caller, struct evtchn_bind_vcpu *op)
{
    struct domain *d = caller->domain;
    struct vcpu *v = domain_vcpu(d, op->vcpu);
    struct evtchn *channel;
    bool moves;

    if (!v)
        return refuse(-ENOENT, "there is no vCPU %u", op->vcpu);
    spin_lock(&d->events->lock);
    channel = find_bound(d, op->port);
    moves = channel && may_move(channel);
    if (moves)
        atomic_store_explicit(&channel->vcpu, v->id, memory_order_relaxed);
    if (moves && channel->state == EVTCHN_PIRQ)
        pirq_move(d, channel);
    spin_unlock(&d->events->lock);
    return moves ? 0 : refuse(-EINVAL, "port %u cannot be moved", op->port);
}

/* ---- status ---- */

/* The lock is held. */
static void describe(const struct evtchn *channel, struct evtchn_status *op)
{
    op->vcpu = channel->vcpu;
    switch ((enum evtchn_state)channel->state) {
    case EVTCHN_FREE:
        op->status = EVTCHNSTAT_closed;
        break;
    case EVTCHN_UNBOUND:
        op->status = EVTCHNSTAT_unbound;
        op->u.unbound.dom = channel->unbound_for;
        break;
    case EVTCHN_INTERDOMAIN:
        op->status = EVTCHNSTAT_interdomain;
        op->u.interdomain.dom = channel->peer.domain->id;
        op->u.interdomain.port = channel->peer.port;
        break;
    case EVTCHN_PIRQ:
        op->status = EVTCHNSTAT_pirq;
        op->u.pirq = channel->pirq;
        break;
    case EVTCHN_VIRQ:
        op->status = EVTCHNSTAT_virq;
        op->u.virq = channel->virq;
        break;
    case EVTCHN_IPI:
        op->status = EVTCHNSTAT_ipi;
        break;
    }
}

long evtchn_op_status(struct vcpu *caller, struct evtchn_status *op)
{
    const struct evtchn *channel;
    int error;
    struct domain *d = get_target(caller, op->dom, &error);

    if (!d)
        return error;
    spin_lock(&d->events->lock);
    channel = evtchn_find(d->events, op->port);
    if (channel)
        describe(channel, op);
    spin_unlock(&d->events->lock);
    domain_put(d);
    return channel ? 0 : refuse(-EINVAL, "there is no port %u", op->port);
}

/* ---- reset ---- */

/* Another domain is reset only while it is paused, so that none of its vCPUs binds new ports. */
static int reset(struct vcpu *caller, struct domain *d)
{
    int error;

    if (d != caller->domain && !d->pause_count)
        return refuse(-EINVAL, "domain %u is not paused", d->id);
    error = evtchn_close_all(d);
    if (error)
        return error;

    spin_lock(&d->events->lock);
    if (d->events->bound_count)
        error = -EAGAIN;
    else
        fifo_destroy(d);
    spin_unlock(&d->events->lock);
    return error;
}

long evtchn_op_reset(struct vcpu *caller, struct evtchn_reset *op)
{
    int error;
    struct domain *d = get_target(caller, op->dom, &error);

    if (!d)
        return error;
    error = reset(caller, d);
    domain_put(d);
    return error;
}

/* ---- FIFO ABI ---- */

long evtchn_op_init_control(struct vcpu *caller, struct evtchn_init_control *op)
{
    struct vcpu *v = domain_vcpu(caller->domain, op->vcpu);
    int error;

    if (!v)
        return refuse(-ENOENT, "there is no vCPU %u", op->vcpu);
    error = fifo_init_control(v, mfn(op->control_gfn), op->offset);
    if (!error)
        op->link_bits = EVTCHN_FIFO_LINK_BITS;
    return error;
}

long evtchn_op_expand_array(struct vcpu *caller, struct evtchn_expand_array *op)
{
    return fifo_expand(caller->domain, mfn(op->array_gfn));
}

long evtchn_op_set_priority(struct vcpu *caller, struct evtchn_set_priority *op)
{
    struct domain *d = caller->domain;
    struct evtchn *channel;
    long error = 0;

    if (!atomic_load(&d->events->fifo))
        return refuse(-ENOSYS, "ports have no priority with the 2-level ABI");
    if (op->priority > EVTCHN_FIFO_PRIORITY_MIN)
        return refuse(-EINVAL, "priority %u", op->priority);
    spin_lock(&d->events->lock);
    channel = find_bound(d, op->port);
    if (channel)
        channel->priority = (uint8_t)op->priority;
    else
        error = -EINVAL;
    spin_unlock(&d->events->lock);
    return error ? no_such_port(op->port) : 0;
}
