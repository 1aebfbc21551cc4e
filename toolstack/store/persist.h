/* SPDX-License-Identifier: MIT */
/*
 * The state in the journal: what is recorded when, and how it comes back. Each call records one
 * step, unless there is no journal, or the connection is none of a domain.
 */
#ifndef PARAPET_TOOLSTACK_STORE_PERSIST_H
#define PARAPET_TOOLSTACK_STORE_PERSIST_H

#include "store/state.h"

struct event;

void persist_change(struct store *store, const struct change *change);
void persist_watch(const struct store_watch *watch);
void persist_unwatch(const struct store_watch *watch);
void persist_event(const struct event *event);
void persist_event_taken(const struct store_connection *connection);
void persist_transaction(const struct store_transaction *transaction);
void persist_transaction_end(const struct store_transaction *transaction);
/* persist_domain - a new domain, or one with a new target. */
void persist_domain(const struct store *store, const struct domain *domain);
void persist_domain_removed(const struct store *store, uint16_t domid);
/* persist_connection - where the ring stands, the begun request and the unsent answers. */
void persist_connection(const struct store_connection *connection);

/* persist_snapshot - all of it, for a new journal. */
void persist_snapshot(void *store);

/* persist_replay - does again what a record says; -1 if it says nothing sensible. */
MUST_CHECK int persist_replay(void *store, const struct record *record);

#endif
