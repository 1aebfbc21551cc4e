/* SPDX-License-Identifier: MIT */
/*
 * Who speaks to the store in host tests: programs at a socket, guests at a ring page. Both are plain
 * memory; the guest's end of the ring is written here by itself.
 */
#ifndef PARAPET_TESTS_SUPPORT_STORE_PEER_H
#define PARAPET_TESTS_SUPPORT_STORE_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/connection.h"
#include "store/ring.h"
#include "store/store.h"

#define PEER_BYTES 65536

struct peer {
    struct store *store;
    struct store_connection *connection;
    bool is_ring;
    uint16_t domid;
    /* A program's socket: what it wrote, and what it was sent. */
    uint8_t to_store[PEER_BYTES];
    size_t to_store_bytes;
    size_t room; /* that the program's socket has left */
    /* A guest's ring. */
    struct xenstore_domain_interface page;
    struct ring ring;
    /* What arrived and was not looked at yet, of either. */
    uint8_t from_store[4 * PEER_BYTES];
    size_t from_store_bytes;
    uint32_t last_request;
    bool does_not_read;
    /* Done between the store's look at the ring and its publishing, without a notification. */
    const uint8_t *late;
    size_t late_bytes;
    bool reads_late;
    bool is_faulty;
    enum store_fault fault;
    bool has_ended;
    unsigned int notifications;
};

struct answer {
    struct xsd_sockmsg head;
    char payload[XENSTORE_PAYLOAD_MAX + 1]; /* with a NUL behind it */
};

struct peer *peer_program(struct store *store);
struct peer *peer_guest(struct store *store, uint16_t domid);
/* peer_attach_again - the guest at a store that came up from the journal. */
void peer_attach_again(struct peer *peer, struct store *store);
/* peer_free - after the store let go of it, or is destroyed. */
void peer_free(struct peer *peer);

/* peer_send - bytes as they are; as many as there is room for. */
size_t peer_send(struct peer *peer, const void *bytes, size_t count);
/* peer_request - a message; returns its number. */
uint32_t peer_request(struct peer *peer, uint32_t type, uint32_t transaction, const void *payload,
                      size_t bytes);
/* peer_turns - lets the store work until it has nothing to do, and takes what it sends. */
void peer_turns(struct peer *peer);
/* peer_receive - the next message that arrived; false if there is none. */
bool peer_receive(struct peer *peer, struct answer *out);

/* peer_ask - the answer to a request; events on the way are kept. The payload is written as a C
 * string with its NULs: ASK(peer, XS_WATCH, 0, "/a\0token\0"). */
struct answer peer_ask(struct peer *peer, uint32_t type, uint32_t transaction, const void *payload,
                       size_t bytes);
#define ASK(peer, type, transaction, text)                                                         \
    peer_ask(peer, type, transaction, "" text, sizeof(text) - 1)

/* peer_event - the next event's path; NULL if none came. Valid until the next call. */
const char *peer_event(struct peer *peer, const char **token);

/* Stores under test, in a folder of their own. */
struct store *test_store(void);
/* test_store_again - what a new process finds after the old one was killed. */
struct store *test_store_again(struct store *store);
const char *test_journal(void);
void test_store_end(struct store *store);

#endif
