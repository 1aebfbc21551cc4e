/* SPDX-License-Identifier: MIT */
/*
 * Ports for physical interrupts. What a pirq is, and whose, is known to whoever routes interrupts;
 * until that is there, no domain has any.
 */
#ifndef PARAPET_EVENT_PIRQ_H
#define PARAPET_EVENT_PIRQ_H

#include <stdint.h>

#include "event/evtchn.h"

/* Registered from above. Both are called with the lock of the domain's table held. */
struct pirq_handlers {
    /* @d binds @pirq to @port; @flags are BIND_PIRQ__*. 0, or an error: not its, or bound. */
    int (*bind)(struct domain *d, uint32_t pirq, uint32_t flags, uint32_t port);
    /* The port is closed: mask the interrupt. */
    void (*unbind)(struct domain *d, uint32_t pirq);
};

extern struct pirq_handlers pirq_handlers;

MUST_CHECK int pirq_bind(struct domain *d, uint32_t pirq, uint32_t flags, uint32_t port);
void pirq_unbind(struct domain *d, const struct evtchn *channel);

#endif
