/* SPDX-License-Identifier: MIT */
#include "fake_store.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hypercall-abi/io/byte_ring.h"
#include "pv/store.h"
#include "world.h"

#define NODES    256u
#define WATCHES  80u
#define RING_PFN 8u /* below what the allocator has */

struct node {
    char path[256];
    char value[256];
};

struct watch {
    char path[256];
    char token[32];
    bool is_relative;
};

static struct xenstore_domain_interface *ring;
static struct node nodes[NODES];
static uint32_t node_count;
static struct watch watches[WATCHES];
static uint32_t watch_count;
static uint32_t conflicts_left, next_transaction = 1;
static bool is_silent;

/* What is to be sent when there is room. */
static char outgoing[1u << 16];
static uint32_t outgoing_used;
static bool has_news; /* added since the last look at the ring */

static char incoming[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX];
static uint32_t incoming_used;

struct xenstore_domain_interface *fake_store_ring(void)
{
    return ring;
}

void fake_store_send(const void *bytes, uint32_t length)
{
    ck_assert_uint_le(outgoing_used + length, sizeof(outgoing));
    memcpy(outgoing + outgoing_used, bytes, length);
    outgoing_used += length;
    has_news = true;
}

static void send_message(uint32_t type, const struct xsd_sockmsg *request, const void *payload,
                         uint32_t length)
{
    struct xsd_sockmsg message = { .type = type, .len = length };

    if (request) {
        message.req_id = request->req_id;
        message.tx_id = request->tx_id;
    }
    fake_store_send(&message, sizeof(message));
    fake_store_send(payload, length);
}

static void send_error(const struct xsd_sockmsg *request, const char *name)
{
    send_message(XS_ERROR, request, name, (uint32_t)strlen(name) + 1);
}

static void send_ok(const struct xsd_sockmsg *request)
{
    send_message(request->type, request, "OK", 3);
}

/* ---- nodes ---- */

static struct node *find_node(const char *path)
{
    for (uint32_t i = 0; i < node_count; i++) {
        if (!strcmp(nodes[i].path, path))
            return &nodes[i];
    }
    return NULL;
}

static bool is_at_or_below(const char *path, const char *top)
{
    size_t length = strlen(top);

    return !strncmp(path, top, length) && (!path[length] || path[length] == '/');
}

static void fire(const char *path)
{
    for (uint32_t i = 0; i < watch_count; i++) {
        const struct watch *watch = &watches[i];
        char payload[600];

        if (!is_at_or_below(path, watch->path) && !is_at_or_below(watch->path, path))
            continue;
        const char *shown = watch->is_relative && is_at_or_below(path, FAKE_STORE_HOME)
                                ? path + sizeof(FAKE_STORE_HOME)
                                : path;
        int length = snprintf(payload, sizeof(payload), "%s%c%s", shown, 0, watch->token);

        send_message(XS_WATCH_EVENT, NULL, payload, (uint32_t)length + 1);
    }
}

static void set_node(const char *path, const char *value)
{
    struct node *node = find_node(path);

    if (!node) {
        ck_assert_uint_lt(node_count, NODES);
        node = &nodes[node_count++];
        snprintf(node->path, sizeof(node->path), "%s", path);
    }
    snprintf(node->value, sizeof(node->value), "%s", value);
}

static void remove_nodes(const char *path)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < node_count; i++) {
        if (!is_at_or_below(nodes[i].path, path))
            nodes[kept++] = nodes[i];
    }
    node_count = kept;
}

void fake_store_set(const char *path, const char *value)
{
    if (value)
        set_node(path, value);
    else
        remove_nodes(path);
    fire(path);
}

const char *fake_store_get(const char *path)
{
    const struct node *node = find_node(path);

    return node ? node->value : NULL;
}

uint32_t fake_store_watch_count(void)
{
    return watch_count;
}

void fake_store_make_conflicts(uint32_t count)
{
    conflicts_left = count;
}

void fake_store_fall_silent(void)
{
    is_silent = true;
}

/* ---- requests ---- */

static void full_path(char to[256], const char *path)
{
    if (path[0] == '/')
        snprintf(to, 256, "%s", path);
    else
        snprintf(to, 256, FAKE_STORE_HOME "/%s", path);
}

static void answer_directory(const struct xsd_sockmsg *request, const char *path)
{
    char names[XENSTORE_PAYLOAD_MAX];
    uint32_t used = 0;
    bool is_there = find_node(path);

    for (uint32_t i = 0; i < node_count; i++) {
        if (!is_at_or_below(nodes[i].path, path) || !nodes[i].path[strlen(path)])
            continue;
        is_there = true;
        char name[256];

        snprintf(name, sizeof(name), "%s", nodes[i].path + strlen(path) + 1);
        name[strcspn(name, "/")] = 0;
        bool is_listed = false;

        for (uint32_t at = 0; at < used; at += (uint32_t)strlen(names + at) + 1)
            is_listed |= !strcmp(names + at, name);
        if (is_listed)
            continue;
        memcpy(names + used, name, strlen(name) + 1);
        used += (uint32_t)strlen(name) + 1;
    }
    if (is_there)
        send_message(XS_DIRECTORY, request, names, used);
    else
        send_error(request, "ENOENT");
}

static void answer_watch(const struct xsd_sockmsg *request, const char *given, const char *token)
{
    struct watch *watch = &watches[watch_count++];
    char payload[600];

    ck_assert_uint_lt(watch_count, WATCHES);
    watch->is_relative = given[0] != '/';
    full_path(watch->path, given);
    snprintf(watch->token, sizeof(watch->token), "%s", token);
    send_ok(request);
    int length = snprintf(payload, sizeof(payload), "%s%c%s", given, 0, token);

    send_message(XS_WATCH_EVENT, NULL, payload, (uint32_t)length + 1);
}

static void answer_unwatch(const struct xsd_sockmsg *request, const char *path, const char *token)
{
    for (uint32_t i = 0; i < watch_count; i++) {
        if (!strcmp(watches[i].path, path) && !strcmp(watches[i].token, token)) {
            watches[i] = watches[--watch_count];
            send_ok(request);
            return;
        }
    }
    send_error(request, "ENOENT");
}

static void answer_transaction(const struct xsd_sockmsg *request)
{
    char number[16];

    if (request->type == XS_TRANSACTION_START) {
        int length = snprintf(number, sizeof(number), "%u", next_transaction++);

        send_message(XS_TRANSACTION_START, request, number, (uint32_t)length + 1);
    } else if (conflicts_left) {
        conflicts_left--;
        send_error(request, "EAGAIN");
    } else {
        send_ok(request);
    }
}

static void answer_read(const struct xsd_sockmsg *request, const char *path)
{
    const struct node *node = find_node(path);

    if (node)
        send_message(XS_READ, request, node->value, (uint32_t)strlen(node->value));
    else
        send_error(request, "ENOENT");
}

static void answer(const struct xsd_sockmsg *request, const char *payload)
{
    char path[256];
    size_t first = strlen(payload) + 1;

    full_path(path, payload);
    switch (request->type) {
    case XS_READ:
        answer_read(request, path);
        break;
    case XS_WRITE:
        set_node(path, payload + first);
        send_ok(request);
        fire(path);
        break;
    case XS_RM:
        remove_nodes(path);
        send_ok(request);
        fire(path);
        break;
    case XS_DIRECTORY:
        answer_directory(request, path);
        break;
    case XS_WATCH:
        answer_watch(request, payload, payload + first);
        break;
    case XS_UNWATCH:
        answer_unwatch(request, path, payload + first);
        break;
    case XS_TRANSACTION_START:
    case XS_TRANSACTION_END:
        answer_transaction(request);
        break;
    default:
        send_error(request, "ENOSYS");
    }
}

/* ---- the ring ---- */

static bool read_ring(void)
{
    struct byte_ring from = { ring->req, sizeof(ring->req), &ring->req_cons, &ring->req_prod };
    uint32_t taken =
        byte_ring_read(&from, incoming + incoming_used, (uint32_t)sizeof(incoming) - incoming_used);
    struct xsd_sockmsg request;

    incoming_used += taken;
    if (incoming_used < sizeof(request))
        return taken;
    memcpy(&request, incoming, sizeof(request));
    ck_assert_uint_le(request.len, XENSTORE_PAYLOAD_MAX);
    if (incoming_used < sizeof(request) + request.len)
        return taken;
    char payload[XENSTORE_PAYLOAD_MAX + 1] = { 0 };

    ck_assert_uint_eq(incoming_used, sizeof(request) + request.len); /* one at a time */
    memcpy(payload, incoming + sizeof(request), request.len);
    incoming_used = 0;
    if (!is_silent)
        answer(&request, payload);
    return true;
}

static bool write_ring(void)
{
    struct byte_ring to = { ring->rsp, sizeof(ring->rsp), &ring->rsp_cons, &ring->rsp_prod };
    uint32_t sent = byte_ring_write(&to, outgoing, outgoing_used);

    memmove(outgoing, outgoing + sent, outgoing_used - sent);
    outgoing_used -= sent;
    return sent;
}

/* Looks at the ring only when told to, and when there is something new to send. */
static bool turn(void)
{
    bool was_notified = world_was_notified(FAKE_STORE_PORT);
    bool has_moved = false;

    while (was_notified && read_ring())
        has_moved = true;
    if (was_notified || has_news)
        has_moved |= write_ring();
    has_news = false;
    if (has_moved)
        world_notify(FAKE_STORE_PORT);
    return has_moved;
}

void fake_store_start(void)
{
    ring = pfn_to_virt(RING_PFN);
    world_add_server(turn);
    store_init(ring, FAKE_STORE_PORT);
}
