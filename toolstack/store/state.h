/* SPDX-License-Identifier: MIT */
/* The store's own structures; nobody outside this folder includes them. */
#ifndef PARAPET_TOOLSTACK_STORE_STATE_H
#define PARAPET_TOOLSTACK_STORE_STATE_H

#include "common/hash_table.h"
#include "common/list.h"
#include "store/connection.h"
#include "store/journal.h"
#include "store/limits.h"
#include "store/permission.h"
#include "store/store.h"
#include "store/tree.h"

#define DOMAIN_NUMBERS 65536u
#define SPECIAL_PATHS  2u

/* Bytes that wait for room. */
struct output {
    uint8_t *data;
    size_t start, end, capacity;
};

struct store_connection {
    struct store *store;
    const struct store_transport
        *transport; /* NULL: a domain not attached again yet, or in-process */
    void *context;
    struct requester who;
    bool is_domain; /* a ring: what it holds is journaled */
    bool is_broken; /* not served until it reconnects */
    bool was_faulty;
    bool is_ready;
    bool is_started;               /* a domain's ring: its position is known */
    struct ring_position position; /* of a domain, as the journal has it */
    struct list link;              /* store->connections */
    struct list ready_link;        /* store->ready */
    uint8_t input[MESSAGE_MAX_BYTES];
    size_t input_bytes;
    struct output output;
    struct list watches;
    unsigned int watch_count;
    struct list events; /* struct event, in the order they happened */
    size_t event_bytes;
    struct hash_table event_index;
    struct list transactions;
    unsigned int transaction_count;
    uint32_t last_transaction;
};

struct domain {
    struct list link; /* store->domains, by number */
    uint16_t domid;
    uint32_t port;
    uint32_t gref;
    struct store_connection *connection;
};

struct store {
    struct tree tree;
    uint64_t generation;
    uint32_t *node_counts;     /* by owner */
    struct hash_table watches; /* by path */
    struct permissions *special[SPECIAL_PATHS];
    struct list domains;
    struct list connections;
    struct list ready;
    struct list transactions;       /* the oldest first */
    size_t node_bytes_limit;        /* beyond, old versions are given up */
    struct store_connection *local; /* watches of pvd itself */
    struct journal *journal;
    bool is_replaying;
    const struct store_domain_handler *domain_handler;
    void (*wake)(void *context);
    void *wake_context;
};

#define PRIVILEGED_REQUESTER ((struct requester){ .is_privileged = true })

/* store_needs_turn - somebody has to call store_turn(). */
void store_needs_turn(struct store *store);

/* store_apply - a change of the tree itself: into the journal, and events for who watches. */
void store_apply(struct store *store, const struct change *change);

/* store_special - where the permissions of a special path are; NULL if it is none. */
struct permissions **store_special(struct store *store, const char *path);

struct domain *domain_find(const struct store *store, uint16_t domid);
/* domain_add - with a connection that has no transport yet. */
struct domain *domain_add(struct store *store, uint16_t domid, uint32_t port, uint32_t gref);
/* domain_remove - what store_domain_release() does, and replay too. */
void domain_remove(struct store *store, struct domain *domain);

#endif
