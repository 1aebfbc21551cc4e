/* SPDX-License-Identifier: MIT */
#include "console/printk.h"
#include "event/evtchn.h"
#include "event/pending.h"
#include "lib/format.h"

static void describe(const struct evtchn *channel, char *text, size_t bytes)
{
    switch ((enum evtchn_state)channel->state) {
    case EVTCHN_FREE:
        format_buffer(text, bytes, "free");
        break;
    case EVTCHN_UNBOUND:
        format_buffer(text, bytes, "waits for domain %u", channel->unbound_for);
        break;
    case EVTCHN_INTERDOMAIN:
        format_buffer(text, bytes, "domain %u port %u", channel->peer.domain->id,
                      channel->peer.port);
        break;
    case EVTCHN_PIRQ:
        format_buffer(text, bytes, "pirq %u", channel->pirq);
        break;
    case EVTCHN_VIRQ:
        format_buffer(text, bytes, "virq %u", channel->virq);
        break;
    case EVTCHN_IPI:
        format_buffer(text, bytes, "IPI");
        break;
    }
}

void evtchn_print(struct domain *d)
{
    struct evtchn_table *table = d->events;
    char text[48];

    log_info("Domain %u: %u ports bound, %s ABI", d->id, table->bound_count,
             atomic_load(&table->fifo) ? "FIFO" : "2-level");
    spin_lock(&table->lock);
    for (uint32_t port = 1; port < atomic_load(&table->port_count); port++) {
        struct evtchn *channel = evtchn_find(table, port);

        if (channel->state == EVTCHN_FREE)
            continue;
        describe(channel, text, sizeof(text));
        log_info("  port %4u vCPU %u%s: %s", port, atomic_load(&channel->vcpu),
                 evtchn_is_pending(d, channel) ? " pending" : "", text);
    }
    spin_unlock(&table->lock);
}
