/* SPDX-License-Identifier: MIT */
/*
 * The event channels of a domain: a table of ports, each free, unbound (waiting for one named
 * domain), or bound to a peer port, a virtual interrupt, a vCPU, or a physical interrupt.
 *
 * The calls of the ABI are in evtchn_ops.h; here is what the rest of the hypervisor uses, and what
 * the files of event/ share.
 */
#ifndef PARAPET_EVENT_EVTCHN_H
#define PARAPET_EVENT_EVTCHN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "arch/x86.h"
#include "domain/domain.h"
#include "domain/vcpu.h"
#include "hypercall-abi/event_channel.h"
#include "lib/compiler.h"
#include "lib/spinlock.h"

/* ---- for others ---- */

/* event_init - once, before the first domain: registers with domain/handlers.h. */
void event_init(void);

/* evtchn_domain_create - @d gets its table, for ports up to @max_port. 0 or -ENOMEM. */
MUST_CHECK int evtchn_domain_create(struct domain *d, uint32_t max_port);

/* evtchn_domain_close - @d dies: no port is bound any more, and none will be. 0 or -ERESTART. No
 * lock held. evtchn_domain_free gives the memory back when nobody can find @d any more. */
MUST_CHECK int evtchn_domain_close(struct domain *d);
void evtchn_domain_free(struct domain *d);

/* evtchn_check - every invariant of the table, for debug builds and tests. True if all hold. No
 * lock held. */
bool evtchn_check(struct domain *d);

/* For the log: the bound ports of @d. No lock held. */
void evtchn_print(struct domain *d);

/* ---- the table ---- */

enum evtchn_state {
    EVTCHN_FREE,
    EVTCHN_UNBOUND,
    EVTCHN_INTERDOMAIN,
    EVTCHN_PIRQ,
    EVTCHN_VIRQ,
    EVTCHN_IPI,
};

struct evtchn {
    uint8_t state; /* enum evtchn_state */
    uint8_t priority;
    uint8_t last_priority;         /* queue it was in last (FIFO) */
    _Atomic bool is_pending_early; /* became pending before its event word existed (FIFO) */
    uint32_t port;
    _Atomic uint32_t vcpu; /* the one that is notified */
    uint32_t last_vcpu;    /* queue it was in last (FIFO) */
    union {
        uint16_t unbound_for; /* EVTCHN_UNBOUND: the domain that may bind it */
        struct {
            struct domain *domain;
            uint32_t port;
        } peer;        /* EVTCHN_INTERDOMAIN */
        uint32_t virq; /* EVTCHN_VIRQ */
        uint32_t pirq; /* EVTCHN_PIRQ */
    };
};
_Static_assert(sizeof(struct evtchn) == 32, "128 ports in a page");

#define EVTCHNS_PER_PAGE 128u

struct evtchn_fifo;

/*
 * The lock guards the state of every port. The table grows by pages under it; a page is published
 * by port_count, and stays until the domain is freed.
 */
struct evtchn_table {
    struct spinlock lock;
    uint32_t port_limit;         /* ports are below it, whichever ABI */
    uint32_t lowest_free;        /* no port from 1 below it is free */
    uint32_t bound_count;        /* ports that are not free */
    bool is_closed;              /* the domain dies */
    _Atomic uint32_t close_next; /* where an interrupted evtchn_close_all() goes on */
    _Atomic uint32_t port_count;
    struct evtchn_fifo *_Atomic fifo; /* NULL: the domain uses the 2-level ABI */
    struct evtchn *pages[];
};

/* The port's entry, free or not; NULL if it never existed. Safe for any number of a guest's. */
static inline struct evtchn *evtchn_find(const struct evtchn_table *table, uint32_t port)
{
    uint32_t count = atomic_load_explicit(&table->port_count, memory_order_acquire);

    if (port >= count)
        return NULL;
    port = (uint32_t)index_clamp(port, count);
    return &table->pages[port / EVTCHNS_PER_PAGE][port % EVTCHNS_PER_PAGE];
}

/* evtchn_take - the lowest free port, still in state EVTCHN_FREE, for the caller to bind. The lock
 * is held. 0, -ENOSPC or -ENOMEM. */
MUST_CHECK int evtchn_take(struct domain *d, struct evtchn **out);

/* evtchn_bind - the port that evtchn_take() gave has got what it is bound to. */
void evtchn_bind(struct domain *d, struct evtchn *channel, enum evtchn_state state);

/* evtchn_free - a port in no state that others know of becomes free, and not pending. */
void evtchn_free(struct domain *d, struct evtchn *channel);

/* evtchn_close - free a port of @d whatever it is bound to. No lock held. 0, or -EINVAL: it is
 * free already. */
MUST_CHECK int evtchn_close(struct domain *d, uint32_t port);

/* evtchn_close_all - close every port of @d. 0, or -ERESTART; others may bind new ones meanwhile.
 * No lock held. */
MUST_CHECK int evtchn_close_all(struct domain *d);

/* Both domains' locks, the lower id first; they may be the same. */
void evtchn_lock_both(struct domain *a, struct domain *b);
void evtchn_unlock_both(struct domain *a, struct domain *b);

#endif
