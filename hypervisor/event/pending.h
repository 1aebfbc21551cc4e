/* SPDX-License-Identifier: MIT */
/*
 * Making ports pending, and what follows: the guest's bits (2-level) or queues (FIFO), the upcall,
 * and whoever polls the port.
 *
 * The caller keeps the port bound: by the lock of the domain, or of its peer, or for a virtual
 * interrupt by the vCPU's virq_lock.
 */
#ifndef PARAPET_EVENT_PENDING_H
#define PARAPET_EVENT_PENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "event/evtchn.h"

/* The port of @d becomes pending. */
void evtchn_set_pending(struct domain *d, struct evtchn *channel);

/* It is no longer masked; if it is pending its vCPU learns of it. */
void evtchn_unmask(struct domain *d, struct evtchn *channel);

/* For a port that becomes free. */
void evtchn_clear_pending(struct domain *d, struct evtchn *channel);

bool evtchn_is_pending(struct domain *d, const struct evtchn *channel);

/* Events of @v are pending: it gets an upcall. */
void evtchn_raise_upcall(struct vcpu *v);

#endif
