/* SPDX-License-Identifier: MIT */
/* Ports for physical interrupts: the hooks. */
#include "event/pirq.h"

#include "lib/errno.h"
#include "lib/refuse.h"

struct pirq_handlers pirq_handlers;

int pirq_bind(struct domain *d, uint32_t pirq, uint32_t flags, uint32_t port)
{
    if (!pirq_handlers.bind)
        return refuse(-EPERM, "domain %u has no pirq %u", d->id, pirq);
    return pirq_handlers.bind(d, pirq, flags, port);
}

void pirq_unbind(struct domain *d, const struct evtchn *channel)
{
    if (pirq_handlers.unbind)
        pirq_handlers.unbind(d, channel->pirq);
}
