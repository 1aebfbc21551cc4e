/* SPDX-License-Identifier: MIT */
/*
 * The table of ports: growth, the choice of a free port, closing.
 *
 * Invariants (evtchn_check): port 0 is never bound; two bound ports always name each other; a port
 * for a virtual interrupt is what the vCPU has noted; a free port is not pending when it is
 * taken. A table's lock guards its ports; a binding between two domains changes under both
 * locks, the lower id's first, so either lock keeps it as it is.
 */
#include "event/evtchn.h"

#include "domain/handlers.h"
#include "domain/preempt.h"
#include "event/fifo.h"
#include "event/pending.h"
#include "event/pirq.h"
#include "event/virq.h"
#include "lib/assert.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/heap.h"

/* Ports that are looked at before the question whether to stop. */
#define CLOSE_BATCH 64u

int evtchn_domain_create(struct domain *d, uint32_t max_port)
{
    uint32_t limit = max_port < EVTCHN_FIFO_NR_CHANNELS ? max_port + 1 : EVTCHN_FIFO_NR_CHANNELS;
    uint32_t pages = (limit + EVTCHNS_PER_PAGE - 1) / EVTCHNS_PER_PAGE;
    struct evtchn_table *table = heap_alloc(sizeof(*table) + pages * sizeof(void *));

    if (!table)
        return -ENOMEM;
    spin_init(&table->lock, LOCK_EVENT);
    table->port_limit = limit;
    table->lowest_free = 1;
    d->events = table;
    return 0;
}

void evtchn_domain_free(struct domain *d)
{
    struct evtchn_table *table = d->events;

    if (!table)
        return;
    ASSERT(table->bound_count == 0 && !atomic_load(&table->fifo));
    for (uint32_t port = 0; port < atomic_load(&table->port_count); port += EVTCHNS_PER_PAGE)
        page_free(table->pages[port / EVTCHNS_PER_PAGE]);
    heap_free(table);
    d->events = NULL;
}

/* ---- taking and freeing ---- */

static int grow(struct evtchn_table *table)
{
    uint32_t count = atomic_load_explicit(&table->port_count, memory_order_relaxed);
    struct evtchn *page = page_alloc();

    _Static_assert(EVTCHNS_PER_PAGE * sizeof(*page) == PAGE_SIZE, "a page of ports");
    if (!page)
        return -ENOMEM;
    for (uint32_t i = 0; i < EVTCHNS_PER_PAGE; i++)
        page[i].port = count + i;
    table->pages[count / EVTCHNS_PER_PAGE] = page;
    /* Readers that see the count see the page (XSA-340). */
    atomic_store_explicit(&table->port_count, count + EVTCHNS_PER_PAGE, memory_order_release);
    return 0;
}

static uint32_t port_limit(struct evtchn_table *table)
{
    if (atomic_load_explicit(&table->fifo, memory_order_relaxed) ||
        table->port_limit < EVTCHN_2L_NR_CHANNELS)
        return table->port_limit;
    return EVTCHN_2L_NR_CHANNELS;
}

int evtchn_take(struct domain *d, struct evtchn **out)
{
    struct evtchn_table *table = d->events;
    uint32_t limit = port_limit(table), port;

    ASSERT(spin_is_mine(&table->lock));
    if (table->is_closed)
        return refuse(-EINVAL, "domain %u is dying", d->id);

    for (port = table->lowest_free; port < limit; port++) {
        if (port >= atomic_load_explicit(&table->port_count, memory_order_relaxed) && grow(table))
            return refuse(-ENOMEM, "no memory for ports of domain %u", d->id);
        *out = evtchn_find(table, port);
        if ((*out)->state == EVTCHN_FREE)
            break;
    }
    table->lowest_free = port;
    return port < limit ? 0 : refuse(-ENOSPC, "domain %u has no free port", d->id);
}

void evtchn_bind(struct domain *d, struct evtchn *channel, enum evtchn_state state)
{
    struct evtchn_table *table = d->events;

    ASSERT(spin_is_mine(&table->lock) && channel->state == EVTCHN_FREE);
    channel->priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
    channel->state = (uint8_t)state;
    table->bound_count++;
    table->lowest_free = channel->port + 1;
}

void evtchn_free(struct domain *d, struct evtchn *channel)
{
    struct evtchn_table *table = d->events;

    ASSERT(spin_is_mine(&table->lock) && channel->state != EVTCHN_FREE);
    /* The next owner of the port would never get an upcall if it were found pending. */
    evtchn_clear_pending(d, channel);
    channel->state = EVTCHN_FREE;
    atomic_store_explicit(&channel->vcpu, 0, memory_order_relaxed);
    table->bound_count--;
    if (channel->port < table->lowest_free)
        table->lowest_free = channel->port;
}

/* ---- two tables ---- */

void evtchn_lock_both(struct domain *a, struct domain *b)
{
    if (a == b) {
        spin_lock(&a->events->lock);
        return;
    }
    spin_lock(a->id < b->id ? &a->events->lock : &b->events->lock);
    spin_lock_second(a->id < b->id ? &b->events->lock : &a->events->lock);
}

void evtchn_unlock_both(struct domain *a, struct domain *b)
{
    spin_unlock(&a->events->lock);
    if (a != b)
        spin_unlock(&b->events->lock);
}

/* ---- closing ---- */

/* The peer's domain, or @d itself for all other states. It cannot go before this CPU's next quiet
 * point, even if the peer is closed as soon as the lock is given back. */
static struct domain *other_side(struct domain *d, const struct evtchn *channel)
{
    struct domain *other = d;

    spin_lock(&d->events->lock);
    if (channel->state == EVTCHN_INTERDOMAIN)
        other = channel->peer.domain;
    spin_unlock(&d->events->lock);
    return other;
}

/* Both locks held: the peer goes back to waiting for us. Its pending and mask bits stay. */
static void leave_peer(struct domain *d, const struct evtchn *channel)
{
    struct evtchn *peer = evtchn_find(channel->peer.domain->events, channel->peer.port);

    ASSERT(peer && peer->state == EVTCHN_INTERDOMAIN && peer->peer.domain == d &&
           peer->peer.port == channel->port);
    peer->state = EVTCHN_UNBOUND;
    peer->unbound_for = d->id;
}

static int close_locked(struct domain *d, struct evtchn *channel)
{
    switch ((enum evtchn_state)channel->state) {
    case EVTCHN_FREE:
        return -EINVAL;
    case EVTCHN_INTERDOMAIN:
        leave_peer(d, channel);
        break;
    case EVTCHN_VIRQ:
        virq_unbind(d, channel);
        break;
    case EVTCHN_PIRQ:
        pirq_unbind(d, channel);
        break;
    case EVTCHN_UNBOUND:
    case EVTCHN_IPI:
        break;
    }
    evtchn_free(d, channel);
    return 0;
}

int evtchn_close(struct domain *d, uint32_t port)
{
    struct evtchn *channel = evtchn_find(d->events, port);
    int error;

    if (!channel)
        return -EINVAL;
    for (;;) {
        struct domain *other = other_side(d, channel);

        evtchn_lock_both(d, other);
        /* Meanwhile it may have been bound, or bound to another domain. */
        if (channel->state != EVTCHN_INTERDOMAIN || channel->peer.domain == other) {
            error = close_locked(d, channel);
            evtchn_unlock_both(d, other);
            return error;
        }
        evtchn_unlock_both(d, other);
    }
}

int evtchn_close_all(struct domain *d)
{
    struct evtchn_table *table = d->events;
    uint32_t port = atomic_load_explicit(&table->close_next, memory_order_relaxed);

    for (; port < atomic_load(&table->port_count); port++) {
        if (evtchn_find(table, port)->state != EVTCHN_FREE)
            (void)!evtchn_close(d, port);
        if (port % CLOSE_BATCH == CLOSE_BATCH - 1 && preempt_pending()) {
            atomic_store_explicit(&table->close_next, port + 1, memory_order_relaxed);
            return -ERESTART;
        }
    }
    atomic_store_explicit(&table->close_next, 0, memory_order_relaxed);
    return 0;
}

int evtchn_domain_close(struct domain *d)
{
    struct evtchn_table *table = d->events;

    if (!table)
        return 0;
    spin_lock(&table->lock);
    table->is_closed = true;
    spin_unlock(&table->lock);

    /* A reset that did not end may have left the first ports out. */
    while (table->bound_count) {
        if (evtchn_close_all(d))
            return -ERESTART;
    }
    spin_lock(&table->lock);
    fifo_destroy(d);
    spin_unlock(&table->lock);
    return 0;
}

/* ---- checks ---- */

static bool channel_is_consistent(struct domain *d, const struct evtchn *channel)
{
    const struct evtchn *peer;
    const struct vcpu *v;

    switch ((enum evtchn_state)channel->state) {
    case EVTCHN_INTERDOMAIN:
        peer = evtchn_find(channel->peer.domain->events, channel->peer.port);
        return peer && peer->state == EVTCHN_INTERDOMAIN && peer->peer.domain == d &&
               peer->peer.port == channel->port;
    case EVTCHN_VIRQ:
        v = virq_kind(channel->virq) == VIRQ_KIND_VCPU ? domain_vcpu(d, channel->vcpu)
                                                       : domain_vcpu(d, 0);
        return v && v->virq_port[channel->virq] == channel->port;
    case EVTCHN_FREE:
        return channel->port >= d->events->lowest_free && channel->vcpu == 0;
    case EVTCHN_UNBOUND:
    case EVTCHN_PIRQ:
    case EVTCHN_IPI:
        return true;
    }
    return false;
}

bool evtchn_check(struct domain *d)
{
    struct evtchn_table *table = d->events;
    uint32_t bound = 0;
    bool holds = true;

    /* Peers are looked at without their domain's lock; nobody else runs when this is called. */
    for (uint32_t port = 1; port < atomic_load(&table->port_count); port++) {
        const struct evtchn *channel = evtchn_find(table, port);

        bound += channel->state != EVTCHN_FREE;
        holds = holds && channel->port == port && channel_is_consistent(d, channel);
    }
    return holds && bound == table->bound_count &&
           (!atomic_load(&table->port_count) || evtchn_find(table, 0)->state == EVTCHN_FREE);
}

void event_init(void)
{
    domain_handlers.virq_vcpu = virq_send_vcpu;
    domain_handlers.virq_global = virq_send_global;
    fifo_init();
    pirq_init();
}
