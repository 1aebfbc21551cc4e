/* SPDX-License-Identifier: MIT */
/*
 * The store's end of a ring page, the transport of a domain's connection.
 *
 * The other end may write anything into the page at any time. The store's own indices are kept
 * here, and the page holds copies of them that are never read back; the guest's indices are read
 * once and checked before each use; bytes are copied before they are looked at.
 */
#ifndef PARAPET_TOOLSTACK_STORE_RING_H
#define PARAPET_TOOLSTACK_STORE_RING_H

#include <stdbool.h>
#include <stddef.h>

#include "hypercall-abi/io/xs_wire.h"
#include "store/connection.h"

struct ring {
    struct xenstore_domain_interface *page;
    struct ring_position position;  /* with what was taken and put */
    struct ring_position published; /* what the page says */
};

/* ring_start - from @position, or from what the page says if it is NULL. */
void ring_start(struct ring *ring, struct xenstore_domain_interface *page,
                const struct ring_position *position);

/* ring_take, ring_put - as in struct store_transport: not visible before ring_publish(). */
long ring_take(struct ring *ring, void *to, size_t limit);
long ring_put(struct ring *ring, const void *from, size_t bytes);
/* ring_publish - whether the other end is to be notified. */
bool ring_publish(struct ring *ring);

/*
 * ring_has_news - after ring_publish(): bytes to take (@for_input), or room again (@for_room). The other
 * end notifies only if it saw in the page that it was waited for, so what it did since the last look
 * and before ring_publish() comes without a notification.
 */
bool ring_has_news(const struct ring *ring, bool for_input, bool for_room);

/* ring_reconnects - if the other end asks for a new start, it has one: both directions are empty. */
bool ring_reconnects(struct ring *ring);
void ring_fault(struct ring *ring, enum store_fault fault);

#endif
