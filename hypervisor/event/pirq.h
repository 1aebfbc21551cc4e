/* SPDX-License-Identifier: MIT */
/*
 * Physical interrupts as a domain sees them: pirqs, numbers under which it maps lines and messages,
 * binds them to ports, and says that it has dealt with them.
 *
 * The first pirqs are for lines, and a line has its GSI as its number unless the domain wants
 * another; messages get theirs from the top down. Only the control domain has any.
 */
#ifndef PARAPET_EVENT_PIRQ_H
#define PARAPET_EVENT_PIRQ_H

#include <stdbool.h>
#include <stdint.h>

#include "event/evtchn.h"
#include "event/irq.h"
#include "mm/frame.h"

/* Beyond one for each line. */
#define PIRQS_FOR_MESSAGES 256u

#define PIRQ_ANY (-1)

/* pirq_init - once, before the first domain: registers with pvmmu_check(). */
void pirq_init(void);

/* pirq_domain_create - the control domain gets its table, another domain none. 0 or -ENOMEM. */
MUST_CHECK int pirq_domain_create(struct domain *d);

/* pirq_domain_close - all are unmapped, after the ports were closed. pirq_domain_free gives the
 * memory back. */
void pirq_domain_close(struct domain *d);
void pirq_domain_free(struct domain *d);

/* ---- mapping; no lock held ---- */

/* pirq_map_line, pirq_map_messages - as number @wanted, or PIRQ_ANY. @*pirq: the number, of several
 * messages the first. 0, -EPERM, -EINVAL, -EEXIST, -ENOSPC, or an error of irq_messages_take(). */
MUST_CHECK int pirq_map_line(struct domain *d, uint32_t gsi, int32_t wanted, uint32_t *pirq);
MUST_CHECK int pirq_map_messages(struct domain *d, const struct irq_messages *messages,
                                 int32_t wanted, uint32_t *pirq);

/* pirq_unmap - and all that were mapped together with it; a port that it is bound to gets nothing
 * any more. 0 or -EINVAL. */
MUST_CHECK int pirq_unmap(struct domain *d, uint32_t pirq);

/* pirq_reserve - a free number, kept for whoever maps a message as it. 0, -EPERM or -ENOSPC. */
MUST_CHECK int pirq_reserve(struct domain *d, uint32_t *pirq);

/* pirq_restore_messages - a function of @d was reset. 0 or an error. */
MUST_CHECK int pirq_restore_messages(struct domain *d, struct pci_function function);

/* ---- the end of an interrupt; no lock held ---- */

/* pirq_end - @d has dealt with it. 0, or -EINVAL: it is bound to no port. */
MUST_CHECK int pirq_end(struct domain *d, uint32_t pirq);

/* pirq_needs_end - whether @d must call for the end after each. 0 or -EINVAL. */
MUST_CHECK int pirq_needs_end(struct domain *d, uint32_t pirq, bool *needs_end);

/* pirq_share_map - a page of @d in which bit n says that pirq n needs pirq_end(). @unmasks: that also
 * unmasks its port. 0, -EPERM, -EINVAL or -EBUSY (there is one). */
MUST_CHECK int pirq_share_map(struct domain *d, mfn_t page, bool unmasks);

/* ---- for the rest of event/ ---- */

/* The lock of the domain's ports is held. pirq_bind: @channel is for @pirq. 0, -EPERM, -EINVAL,
 * -EEXIST or an error of irq_line_take(). pirq_unbind: it is closed. pirq_move: it notifies another
 * vCPU. */
MUST_CHECK int pirq_bind(struct domain *d, uint32_t pirq, const struct evtchn *channel);
void pirq_unbind(struct domain *d, const struct evtchn *channel);
void pirq_move(struct domain *d, const struct evtchn *channel);

/* The page that tells the domain, if it shared one. Any lock may be held. */
void pirq_show_needs_eoi(struct domain *d, uint32_t pirq, bool needs_eoi);

#endif
