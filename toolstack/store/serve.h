/* SPDX-License-Identifier: MIT */
/*
 * One turn of a connection, in the steps of store_turn():
 *
 *   connection_serve    takes requests, as many as one turn allows, and answers into memory; what
 *                       goes to a ring is put into it, not yet visible
 *   (the journal is written)
 *   connection_publish  lets the peer see what was taken and put; writes to sockets
 *
 * A ring's indices move only behind the journal: a request that the guest can no longer see in the
 * ring, and an answer that it can see there, are in the journal.
 */
#ifndef PARAPET_TOOLSTACK_STORE_SERVE_H
#define PARAPET_TOOLSTACK_STORE_SERVE_H

#include "store/state.h"

struct store_connection *connection_create(struct store *store);
/* connection_destroy - with watches, transactions and events; the transport is not called. */
void connection_destroy(struct store_connection *connection);

/* connection_attach - a transport for a domain's connection, which goes on where it was. */
void connection_attach(struct store_connection *connection, const struct store_transport *transport,
                       void *context);

/* connection_serve - true if it has more to do at once. */
bool connection_serve(struct store_connection *connection);
/* connection_publish - false if the connection is gone. */
bool connection_publish(struct store_connection *connection);

#endif
