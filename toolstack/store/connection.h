/* SPDX-License-Identifier: MIT */
/*
 * Connections to the store: a domain's ring, or a program's socket. Whoever makes one brings a
 * transport that moves its bytes; everything it is told by the store comes from store_turn().
 */
#ifndef PARAPET_TOOLSTACK_STORE_CONNECTION_H
#define PARAPET_TOOLSTACK_STORE_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

#define TRANSPORT_BROKEN (-1)

/* Why the store gives a connection up. */
enum store_fault {
    STORE_FAULT_RING,     /* the peer's ring indices make no sense */
    STORE_FAULT_PROTOCOL, /* a message longer than any may be */
    STORE_FAULT_BACKLOG,  /* the peer does not read */
    STORE_FAULT_END,      /* the peer has closed */
};

/* Where a ring stands, as far as the store is concerned; what the page says is only a copy. */
struct ring_position {
    uint32_t req_cons;
    uint32_t rsp_prod;
};

struct store_transport {
    /* Takes up to @limit bytes from the peer: how many, 0 if there are none now, or
     * TRANSPORT_BROKEN. */
    long (*take)(void *context, void *to, size_t limit);
    /* Gives up to @bytes bytes to the peer: how many, 0 if there is no room, or TRANSPORT_BROKEN. */
    long (*put)(void *context, const void *from, size_t bytes);
    /* For rings only: take() and put() do not show in the page before this is called. */
    void (*publish)(void *context);
    /* For rings only: after publish(), whether there are bytes to take, or room to put, already. */
    bool (*has_news)(void *context, bool for_input, bool for_room);
    /* For rings only: the position with all that was taken and put. */
    struct ring_position (*position)(void *context);
    /* For rings only: start from @position, or from what the page says if it is NULL. */
    void (*start)(void *context, const struct ring_position *position);
    /* For rings only: whether the peer asks for a new start; true once, after which both
     * directions are empty. */
    bool (*reconnects)(void *context);
    /* What the connection waits for: may be NULL. */
    void (*wait)(void *context, bool for_input, bool for_room);
    /* The store will not use @context again. @fault: it gave the connection up itself; a ring is
     * marked as broken and may reconnect, so it is told of the fault but not ended. */
    void (*fault)(void *context, enum store_fault fault);
    void (*end)(void *context);
};

/* store_connect - a program of the control domain, by a socket: acts as domain 0. */
struct store_connection *store_connect(struct store *store, const struct store_transport *transport,
                                       void *context);
/* store_disconnect - ends it; transport->end() is not called. */
void store_disconnect(struct store_connection *connection);

/* store_connection_ready - there may be bytes to take or room to put. */
void store_connection_ready(struct store_connection *connection);

/* What INTRODUCE and RELEASE messages of programs ask for; without, they are refused. */
struct store_domain_handler {
    int (*introduce)(void *context, uint16_t domid, uint32_t port);
    int (*release)(void *context, uint16_t domid);
    void *context;
};

void store_handle_domains(struct store *store, const struct store_domain_handler *handler);

#endif
