/* SPDX-License-Identifier: MIT */
#include "support/store/peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/log.h"

#define TURNS_MAX 100000

static bool is_work_left;

static void note_work(void *context)
{
    (void)context;
    is_work_left = true;
}

/* --- Programs ---------------------------------------------------------------------------------- */

static long program_take(void *context, void *to, size_t limit)
{
    struct peer *peer = context;
    size_t count = peer->to_store_bytes < limit ? peer->to_store_bytes : limit;

    memcpy(to, peer->to_store, count);
    peer->to_store_bytes -= count;
    memmove(peer->to_store, peer->to_store + count, peer->to_store_bytes);
    return (long)count;
}

static void arrive(struct peer *peer, const void *bytes, size_t count)
{
    if (count > sizeof(peer->from_store) - peer->from_store_bytes)
        abort();
    memcpy(peer->from_store + peer->from_store_bytes, bytes, count);
    peer->from_store_bytes += count;
}

static long program_put(void *context, const void *from, size_t bytes)
{
    struct peer *peer = context;
    size_t count = bytes < peer->room ? bytes : peer->room;

    arrive(peer, from, count);
    peer->room -= count;
    return (long)count;
}

static void note_fault(void *context, enum store_fault fault)
{
    struct peer *peer = context;

    peer->is_faulty = true;
    peer->fault = fault;
    if (peer->is_ring)
        ring_fault(&peer->ring, fault);
}

static void note_end(void *context)
{
    ((struct peer *)context)->has_ended = true;
}

static const struct store_transport program_transport = {
    .take = program_take,
    .put = program_put,
    .fault = note_fault,
    .end = note_end,
};

struct peer *peer_program(struct store *store)
{
    struct peer *peer = calloc(1, sizeof(*peer));

    peer->store = store;
    peer->room = sizeof(peer->from_store);
    peer->connection = store_connect(store, &program_transport, peer);
    return peer;
}

/* --- Guests ------------------------------------------------------------------------------------ */

static size_t guest_send(struct peer *peer, const uint8_t *bytes, size_t count)
{
    struct xenstore_domain_interface *page = &peer->page;
    size_t sent = 0;

    while (sent < count && page->req_prod - page->req_cons < XENSTORE_RING_SIZE)
        page->req[page->req_prod++ & (XENSTORE_RING_SIZE - 1)] = (char)bytes[sent++];
    return sent;
}

static void guest_read(struct peer *peer)
{
    struct xenstore_domain_interface *page = &peer->page;

    if (page->rsp_prod - page->rsp_cons > XENSTORE_RING_SIZE)
        return;
    while (page->rsp_cons != page->rsp_prod)
        arrive(peer, &page->rsp[page->rsp_cons++ & (XENSTORE_RING_SIZE - 1)], 1);
}

static long guest_take(void *context, void *to, size_t limit)
{
    return ring_take(&((struct peer *)context)->ring, to, limit);
}

static long guest_put(void *context, const void *from, size_t bytes)
{
    return ring_put(&((struct peer *)context)->ring, from, bytes);
}

static void guest_publish(void *context)
{
    struct peer *peer = context;

    /* What a guest does while the store writes its journal: nobody is notified. */
    if (peer->late_bytes)
        peer->late_bytes -= guest_send(peer, peer->late, peer->late_bytes);
    if (peer->reads_late)
        guest_read(peer);
    peer->notifications += ring_publish(&peer->ring);
}

static bool guest_has_news(void *context, bool for_input, bool for_room)
{
    return ring_has_news(&((struct peer *)context)->ring, for_input, for_room);
}

static struct ring_position guest_position(void *context)
{
    return ((struct peer *)context)->ring.position;
}

static void guest_start(void *context, const struct ring_position *position)
{
    struct peer *peer = context;

    ring_start(&peer->ring, &peer->page, position);
}

static bool guest_reconnects(void *context)
{
    return ring_reconnects(&((struct peer *)context)->ring);
}

static const struct store_transport guest_transport = {
    .take = guest_take,
    .put = guest_put,
    .publish = guest_publish,
    .has_news = guest_has_news,
    .position = guest_position,
    .start = guest_start,
    .reconnects = guest_reconnects,
    .fault = note_fault,
    .end = note_end,
};

struct peer *peer_guest(struct store *store, uint16_t domid)
{
    struct peer *peer = calloc(1, sizeof(*peer));

    peer->is_ring = true;
    peer->domid = domid;
    peer_attach_again(peer, store);
    return peer;
}

void peer_attach_again(struct peer *peer, struct store *store)
{
    peer->store = store;
    peer->has_ended = false;
    peer->connection =
        store_domain_introduce(store, peer->domid, 100u + peer->domid, 1, &guest_transport, peer);
}

void peer_free(struct peer *peer)
{
    free(peer);
}

/* --- Both -------------------------------------------------------------------------------------- */

size_t peer_send(struct peer *peer, const void *bytes, size_t count)
{
    if (peer->is_ring) {
        count = guest_send(peer, bytes, count);
    } else {
        if (count > sizeof(peer->to_store) - peer->to_store_bytes)
            abort();
        memcpy(peer->to_store + peer->to_store_bytes, bytes, count);
        peer->to_store_bytes += count;
    }
    store_connection_ready(peer->connection);
    return count;
}

void peer_turns(struct peer *peer)
{
    store_on_work(peer->store, note_work, NULL);
    for (int turns = 0; turns < TURNS_MAX; turns++) {
        bool was_full;

        is_work_left = false;
        store_turn(peer->store);
        was_full = peer->is_ring && peer->page.rsp_prod - peer->page.rsp_cons == XENSTORE_RING_SIZE;
        if (peer->is_ring && !peer->does_not_read)
            guest_read(peer);
        if (was_full && !peer->does_not_read && !peer->has_ended)
            store_connection_ready(peer->connection);
        if (!is_work_left)
            return;
    }
    abort();
}

uint32_t peer_request(struct peer *peer, uint32_t type, uint32_t transaction, const void *payload,
                      size_t bytes)
{
    uint8_t message[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX];
    struct xsd_sockmsg head = {
        .type = type, .req_id = ++peer->last_request, .tx_id = transaction, .len = (uint32_t)bytes
    };
    size_t count = sizeof(head) + bytes, sent = 0;

    memcpy(message, &head, sizeof(head));
    memcpy(message + sizeof(head), payload, bytes);
    for (int tries = 0; sent < count && tries < TURNS_MAX; tries++) {
        sent += peer_send(peer, message + sent, count - sent);
        if (sent < count)
            peer_turns(peer);
    }
    return peer->last_request;
}

/* The message that begins at @at; its length, or 0 if it is not all there. */
static size_t message_at(const struct peer *peer, size_t at, struct answer *out)
{
    size_t left = peer->from_store_bytes - at;

    if (left < sizeof(out->head))
        return 0;
    memcpy(&out->head, peer->from_store + at, sizeof(out->head));
    if (out->head.len > XENSTORE_PAYLOAD_MAX)
        abort();
    if (left < sizeof(out->head) + out->head.len)
        return 0;
    memcpy(out->payload, peer->from_store + at + sizeof(out->head), out->head.len);
    out->payload[out->head.len] = '\0';
    return sizeof(out->head) + out->head.len;
}

static void drop(struct peer *peer, size_t at, size_t bytes)
{
    peer->from_store_bytes -= bytes;
    memmove(peer->from_store + at, peer->from_store + at + bytes, peer->from_store_bytes - at);
}

bool peer_receive(struct peer *peer, struct answer *out)
{
    size_t bytes;

    peer_turns(peer);
    bytes = message_at(peer, 0, out);
    drop(peer, 0, bytes);
    return bytes > 0;
}

struct answer peer_ask(struct peer *peer, uint32_t type, uint32_t transaction, const void *payload,
                       size_t bytes)
{
    uint32_t number = peer_request(peer, type, transaction, payload, bytes);
    struct answer answer = { .head = { .type = XS_INVALID } };
    size_t at = 0, length;

    peer_turns(peer);
    while ((length = message_at(peer, at, &answer)) > 0) {
        if (answer.head.type != XS_WATCH_EVENT && answer.head.req_id == number) {
            drop(peer, at, length);
            return answer;
        }
        at += length;
    }
    return (struct answer){ .head = { .type = XS_INVALID } };
}

const char *peer_event(struct peer *peer, const char **token)
{
    static struct answer event;

    peer_turns(peer);
    if (!peer_receive(peer, &event) || event.head.type != XS_WATCH_EVENT)
        return NULL;
    if (token)
        *token = event.payload + strlen(event.payload) + 1;
    return event.payload;
}

/* --- Stores ------------------------------------------------------------------------------------ */

#define FOLDER "/tmp/store-test-XXXXXX"

static char folder[] = FOLDER;
static char journal[sizeof(folder) + 32];

const char *test_journal(void)
{
    return journal;
}

static struct store *open_store(void)
{
    struct error error;
    int log = log_open(LEVEL_ERROR, NULL, &error);
    struct store *store = store_create(folder, &error);

    if (log || !store) {
        fprintf(stderr, "%s\n", error.message);
        abort();
    }
    return store;
}

struct store *test_store(void)
{
    memcpy(folder, FOLDER, sizeof(folder));
    if (!mkdtemp(folder))
        abort();
    snprintf(journal, sizeof(journal), "%s/store.journal", folder);
    return open_store();
}

struct store *test_store_again(struct store *store)
{
    struct buffer saved;
    struct error error;

    /* The old one may write when it is destroyed; a killed one does not. */
    if (file_read(journal, 1u << 28, &saved, &error))
        abort();
    store_destroy(store);
    if (file_write(journal, saved.data, saved.bytes, &error))
        abort();
    free(saved.data);
    return open_store();
}

void test_store_end(struct store *store)
{
    store_destroy(store);
    unlink(journal);
    rmdir(folder);
}
