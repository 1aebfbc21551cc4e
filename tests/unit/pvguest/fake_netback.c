/* SPDX-License-Identifier: MIT */
#include "fake_netback.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_store.h"
#include "hypercall-abi/io/netif.h"
#include "hypercall-abi/io/xenbus.h"
#include "world.h"

#define QUEUES      4u
#define PAGE        4096u
#define LIST_LIMIT  512u
#define PIECE_LIMIT 18u

struct queue {
    struct xen_back_ring tx, rx;
    uint32_t tx_ref, rx_ref, tx_port, rx_port;
};

/* A packet to be given, and how. */
struct gift {
    struct netback_packet packet;
    uint32_t piece, at;
    bool has_extra;
};

static struct netback_options options;
static enum netback_misdeed misdeed;
static struct queue queues[QUEUES];
static uint32_t queue_count, next_queue;
static bool is_connected, has_split_ports;
static struct netback_packet *sent[LIST_LIMIT];
static uint32_t sent_first, sent_count;
static struct gift *gifts[LIST_LIMIT];
static uint32_t gift_first, gift_count;

/* ---- the store ---- */

static void set(const char *folder, const char *name, const char *value)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    fake_store_set(path, value);
}

static void set_number(const char *name, uint32_t value)
{
    char text[16];

    snprintf(text, sizeof(text), "%u", value);
    set(FAKE_NET_BACKEND, name, text);
}

static uint32_t get_number(const char *name, uint32_t otherwise)
{
    char path[256];

    snprintf(path, sizeof(path), FAKE_NET_FRONTEND "/%s", name);
    const char *value = fake_store_get(path);

    return value ? (uint32_t)strtoul(value, NULL, 10) : otherwise;
}

void fake_netback_set_state(uint32_t state)
{
    set_number("state", state);
}

void fake_netback_misbehave(enum netback_misdeed how)
{
    misdeed = how;
}

uint32_t fake_netback_queues(void)
{
    return queue_count;
}

bool fake_netback_has_split_ports(void)
{
    return has_split_ports;
}

static uint32_t queue_number(uint32_t number, const char *name)
{
    char folder[16] = "", path[64];

    if (queue_count > 1)
        snprintf(folder, sizeof(folder), "queue-%u/", number);
    snprintf(path, sizeof(path), "%s%s", folder, name);
    return get_number(path, 0);
}

static void attach_queue(struct queue *queue, uint32_t number)
{
    queue->tx_ref = queue_number(number, "tx-ring-ref");
    queue->rx_ref = queue_number(number, "rx-ring-ref");
    queue->tx_port = queue_number(number, has_split_ports ? "event-channel-tx" : "event-channel");
    queue->rx_port = has_split_ports ? queue_number(number, "event-channel-rx") : queue->tx_port;
    ck_assert_uint_ne(queue->tx_port, 0);
    ck_assert_uint_ne(queue->rx_port, 0);
    void *tx = world_map(queue->tx_ref, true), *rx = world_map(queue->rx_ref, true);

    ck_assert_ptr_nonnull(tx);
    ck_assert_ptr_nonnull(rx);
    back_ring_attach(&queue->tx, tx, PAGE, sizeof(union netif_tx_sring_entry), 0);
    back_ring_attach(&queue->rx, rx, PAGE, sizeof(union netif_rx_sring_entry), 0);
}

static void connect(void)
{
    ck_assert_uint_eq(get_number("request-rx-copy", 0), 1);
    queue_count = get_number("multi-queue-num-queues", 1);
    ck_assert_uint_le(queue_count, options.max_queues ? options.max_queues : 1);
    has_split_ports = !fake_store_get(FAKE_NET_FRONTEND "/event-channel") &&
                      !fake_store_get(FAKE_NET_FRONTEND "/queue-0/event-channel");
    ck_assert(!has_split_ports || options.has_split);
    for (uint32_t i = 0; i < queue_count; i++)
        attach_queue(&queues[i], i);
    is_connected = true;
    fake_netback_set_state(XenbusStateConnected);
}

void fake_netback_end(void)
{
    for (uint32_t i = 0; i < queue_count && is_connected; i++) {
        world_unmap(queues[i].tx_ref);
        world_unmap(queues[i].rx_ref);
    }
    is_connected = false;
    queue_count = 0;
}

/* ---- what the guest sends ---- */

static void keep(struct netback_packet *packet)
{
    ck_assert_uint_lt(sent_count, LIST_LIMIT);
    sent[(sent_first + sent_count++) % LIST_LIMIT] = packet;
}

bool fake_netback_take(struct netback_packet *packet)
{
    if (!sent_count)
        return false;
    *packet = *sent[sent_first];
    free(sent[sent_first]);
    sent_first = (sent_first + 1) % LIST_LIMIT;
    sent_count--;
    return true;
}

static void answer_tx(struct queue *queue, uint16_t id, int16_t status)
{
    struct netif_tx_response response = { .id = id, .status = status };

    if (misdeed == NETBACK_TX_WRONG_ID)
        response.id = 5000;
    if (misdeed == NETBACK_TX_FREE_ID)
        response.id = (uint16_t)((id + 100) % 256);
    memcpy(back_ring_entry(&queue->tx, queue->tx.rsp_prod_pvt++), &response, sizeof(response));
    if (misdeed == NETBACK_TX_SAME_TWICE)
        memcpy(back_ring_entry(&queue->tx, queue->tx.rsp_prod_pvt++), &response, sizeof(response));
}

static void next_entry(struct queue *queue, void *to, uint32_t bytes)
{
    ck_assert_uint_gt(back_ring_unconsumed(&queue->tx), 0); /* packets are pushed whole */
    ring_copy_entry(to, back_ring_entry(&queue->tx, queue->tx.req_cons++), bytes);
}

static void read_piece(struct netback_packet *packet, const struct netif_tx_request *request,
                       uint32_t bytes)
{
    const char *page = world_map(request->gref, false);

    ck_assert_ptr_nonnull(page);
    ck_assert_ptr_null(world_map(request->gref, true)); /* granted to be read */
    ck_assert_uint_le(request->offset + bytes, PAGE);
    ck_assert_uint_le(packet->bytes + bytes, FAKE_NET_BYTES);
    memcpy(packet->data + packet->bytes, page + request->offset, bytes);
    packet->bytes += bytes;
    packet->pieces++;
    world_unmap(request->gref);
}

static void read_extra(struct queue *queue, struct netback_packet *packet)
{
    struct netif_extra_info extra;

    next_entry(queue, &extra, sizeof(extra));
    ck_assert_uint_eq(extra.type, XEN_NETIF_EXTRA_TYPE_GSO);
    ck_assert_uint_eq(extra.flags, 0);
    ck_assert(options.has_gso);
    packet->gso_type = extra.u.gso.type;
    packet->gso_size = extra.u.gso.size;
    answer_tx(queue, 0, NETIF_RSP_NULL);
}

static void take_packet(struct queue *queue)
{
    struct netback_packet *packet = calloc(1, sizeof(*packet));
    struct netif_tx_request first, rest[PIECE_LIMIT];
    uint16_t ids[PIECE_LIMIT + 1];
    uint32_t rest_count = 0, rest_bytes = 0;

    next_entry(queue, &first, sizeof(first));
    packet->csum_blank = first.flags & NETTXF_csum_blank;
    ck_assert(!packet->csum_blank || !options.no_checksum);
    ids[0] = first.id;
    bool has_extra = first.flags & NETTXF_extra_info, more = first.flags & NETTXF_more_data;

    ck_assert(!more || options.has_sg);
    if (has_extra)
        read_extra(queue, packet);
    while (more) {
        ck_assert_uint_lt(rest_count, PIECE_LIMIT - 1);
        next_entry(queue, &rest[rest_count], sizeof(rest[0]));
        more = rest[rest_count].flags & NETTXF_more_data;
        rest_bytes += rest[rest_count].size;
        rest_count++;
    }
    ck_assert_uint_ge(first.size, rest_bytes);
    read_piece(packet, &first, first.size - rest_bytes);
    for (uint32_t i = 0; i < rest_count; i++) {
        read_piece(packet, &rest[i], rest[i].size);
        ids[i + 1] = rest[i].id;
    }
    for (uint32_t i = 0; i <= rest_count; i++)
        answer_tx(queue, ids[i], NETIF_RSP_OKAY);
    keep(packet);
}

static bool serve_tx(struct queue *queue)
{
    bool has_taken = false;

    if (!world_was_notified(queue->tx_port))
        return false;
    do {
        ck_assert(back_ring_is_sane(&queue->tx));
        while (back_ring_unconsumed(&queue->tx)) {
            take_packet(queue);
            has_taken = true;
            if (misdeed != NETBACK_BEHAVES)
                break;
        }
    } while (misdeed == NETBACK_BEHAVES && back_ring_final_check(&queue->tx));
    if (!has_taken)
        return false;
    bool notify = back_ring_push(&queue->tx);

    if (misdeed == NETBACK_TX_TOO_MANY)
        queue->tx.shared->rsp_prod += 500;
    if (notify)
        world_notify(queue->tx_port);
    return true;
}

/* ---- what the guest receives ---- */

void fake_netback_give(const struct netback_packet *packet, uint32_t piece)
{
    struct gift *gift = calloc(1, sizeof(*gift));

    ck_assert_uint_lt(gift_count, LIST_LIMIT);
    gift->packet = *packet;
    gift->piece = piece;
    gift->has_extra = packet->gso_type;
    gifts[(gift_first + gift_count++) % LIST_LIMIT] = gift;
}

static void give_extra(struct queue *queue, struct gift *gift)
{
    struct netif_extra_info extra = { .type = XEN_NETIF_EXTRA_TYPE_GSO,
                                      .u.gso = { .size = gift->packet.gso_size,
                                                 .type = gift->packet.gso_type } };

    memcpy(back_ring_entry(&queue->rx, queue->rx.rsp_prod_pvt++), &extra, sizeof(extra));
    gift->has_extra = false;
}

static void spoil_rx(struct netif_rx_response *response)
{
    if (misdeed == NETBACK_RX_WRONG_ID)
        response->id ^= 3;
    if (misdeed == NETBACK_RX_TOO_LONG)
        response->status = PAGE + 1;
    if (misdeed == NETBACK_RX_TOO_FAR)
        response->offset = PAGE - 1;
    if (misdeed == NETBACK_RX_ERROR)
        response->status = NETIF_RSP_ERROR;
    if (misdeed == NETBACK_RX_NEVER_ENDS)
        response->flags |= NETRXF_more_data;
}

/* A piece begins somewhere in its page. */
static void give_piece(struct queue *queue, struct gift *gift,
                       const struct netif_rx_request *request)
{
    uint32_t left = gift->packet.bytes - gift->at;
    uint32_t bytes = gift->piece < left ? gift->piece : left;
    uint32_t offset = (gift->at + 64) % (PAGE - bytes + 1);
    char *page = world_map(request->gref, true);
    struct netif_rx_response response = { .id = request->id,
                                          .offset = (uint16_t)offset,
                                          .status = (int16_t)bytes };

    ck_assert_ptr_nonnull(page);
    memcpy(page + offset, gift->packet.data + gift->at, bytes);
    if (misdeed != NETBACK_RX_KEEPS_PAGES)
        world_unmap(request->gref);
    if (gift->at == 0) {
        response.flags |= gift->packet.csum_blank ? NETRXF_csum_blank | NETRXF_data_validated : 0;
        response.flags |= gift->packet.gso_type ? NETRXF_extra_info : 0;
    }
    gift->at += bytes;
    if (gift->at < gift->packet.bytes)
        response.flags |= NETRXF_more_data;
    spoil_rx(&response);
    memcpy(back_ring_entry(&queue->rx, queue->rx.rsp_prod_pvt++), &response, sizeof(response));
}

/* One place of the ring, if there is one. */
static bool give_one(struct queue *queue, struct gift *gift)
{
    struct netif_rx_request request;

    ck_assert(back_ring_is_sane(&queue->rx));
    if (!back_ring_unconsumed(&queue->rx) && !back_ring_final_check(&queue->rx))
        return false;
    ring_copy_entry(&request, back_ring_entry(&queue->rx, queue->rx.req_cons++), sizeof(request));
    if (gift->at && gift->has_extra)
        give_extra(queue, gift);
    else
        give_piece(queue, gift, &request);
    return true;
}

static bool serve_rx(void)
{
    if (!gift_count || !is_connected || !queue_count)
        return false;
    struct queue *queue = &queues[next_queue % queue_count];
    struct gift *gift = gifts[gift_first];
    bool has_given = false;

    while ((gift->at < gift->packet.bytes || gift->has_extra) && give_one(queue, gift))
        has_given = true;
    if (gift->at == gift->packet.bytes && !gift->has_extra) {
        free(gift);
        gift_first = (gift_first + 1) % LIST_LIMIT;
        gift_count--;
        next_queue++;
    }
    bool notify = back_ring_push(&queue->rx);

    if (misdeed == NETBACK_RX_TOO_MANY)
        queue->rx.shared->rsp_prod += 500;
    if (notify)
        world_notify(queue->rx_port);
    return has_given;
}

static bool turn(void)
{
    const char *ours = fake_store_get(FAKE_NET_BACKEND "/state");
    const char *theirs = fake_store_get(FAKE_NET_FRONTEND "/state");
    bool was_busy = false;

    if (!ours || !theirs)
        return false;
    if (!strcmp(ours, "2") && !strcmp(theirs, "4")) {
        connect();
        return true;
    }
    if (!strcmp(ours, "5") && !strcmp(theirs, "6")) {
        fake_netback_end();
        fake_netback_set_state(XenbusStateClosed);
        return true;
    }
    for (uint32_t i = 0; i < queue_count && is_connected; i++)
        was_busy |= serve_tx(&queues[i]);
    return serve_rx() || was_busy;
}

void fake_netback_create(const struct netback_options *wanted)
{
    static bool has_joined;

    options = *wanted;
    set(FAKE_NET_FRONTEND, "backend", FAKE_NET_BACKEND);
    set(FAKE_NET_FRONTEND, "backend-id", "0");
    set(FAKE_NET_FRONTEND, "mac", "00:16:3e:0a:bC:01");
    set(FAKE_NET_FRONTEND, "state", "1");
    set_number("multi-queue-max-queues", options.max_queues);
    set_number("feature-split-event-channels", options.has_split);
    set_number("feature-sg", options.has_sg);
    set_number("feature-gso-tcpv4", options.has_gso);
    set_number("feature-rx-copy", !options.no_copy);
    if (options.no_checksum)
        set_number("feature-no-csum-offload", 1);
    fake_netback_set_state(XenbusStateInitWait);
    if (!has_joined)
        world_add_server(turn);
    has_joined = true;
}
