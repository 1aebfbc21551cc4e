/* SPDX-License-Identifier: MIT */
/*
 * Packets to a network backend and from it.
 *
 * What is sent is granted read-only, piece by piece, until the backend has answered for the piece.
 * To receive, pages are granted and posted in advance; the backend copies into them. A response
 * takes the place of its request, so place and id must agree.
 *
 * The backend is another domain and may answer anything: impossible indices, ids or lengths end
 * the device. A page that it still has mapped when it says that it is done is not read.
 */
#include "kernel/bottom.h"
#include "kernel/cpu.h"
#include "kernel/page.h"
#include "kernel/string.h"
#include "pv/event.h"
#include "pv/netfront.h"

#define NO_SLOT NETFRONT_SLOTS

static uint16_t backend_of(const struct netfront_queue *queue)
{
    return queue->front->bus->backend_domain;
}

/* ---- sending ---- */

static void tx_release(struct netfront_queue *queue, uint32_t slot)
{
    struct netfront_tx_slot *tx = &queue->tx_slots[slot];

    grant_end(tx->ref, tx->pfn);
    tx->packet = NULL;
    tx->next_free = queue->tx_free;
    queue->tx_free = slot;
}

/* A slot for each piece, the first free ones in order; false: nothing is taken. */
static bool tx_grant_all(struct netfront_queue *queue, struct packet *packet,
                         uint16_t slots[PACKET_FRAGMENTS])
{
    for (uint32_t i = 0; i < packet->fragment_count; i++) {
        uint32_t slot = queue->tx_free;
        grant_ref_t ref = GRANT_NONE;

        if (slot != NO_SLOT)
            ref = grant_access(backend_of(queue), packet->fragments[i].pfn, true);
        if (ref == GRANT_NONE) {
            while (i)
                tx_release(queue, slots[--i]);
            return false;
        }
        queue->tx_free = queue->tx_slots[slot].next_free;
        queue->tx_slots[slot].packet = packet;
        queue->tx_slots[slot].pfn = packet->fragments[i].pfn;
        queue->tx_slots[slot].ref = ref;
        slots[i] = (uint16_t)slot;
    }
    return true;
}

static void *tx_entry(struct netfront_queue *queue)
{
    return front_ring_entry(&queue->tx, queue->tx.req_prod_pvt++);
}

static void put_gso(struct netfront_queue *queue, const struct packet *packet)
{
    struct netif_extra_info extra = {
        .type = XEN_NETIF_EXTRA_TYPE_GSO,
        .u.gso = { .size = packet->gso_bytes,
                   .type = packet->gso == PACKET_GSO_TCPV4 ? XEN_NETIF_GSO_TYPE_TCPV4
                                                           : XEN_NETIF_GSO_TYPE_TCPV6 },
    };

    memcpy(tx_entry(queue), &extra, sizeof(extra));
}

/* The first request says how long all of it is, the others how long each is by itself. */
static void tx_put(struct netfront_queue *queue, struct packet *packet,
                   const uint16_t slots[PACKET_FRAGMENTS])
{
    for (uint32_t i = 0; i < packet->fragment_count; i++) {
        const struct packet_fragment *fragment = &packet->fragments[i];
        bool is_last = i + 1 == packet->fragment_count;
        struct netif_tx_request request = {
            .gref = queue->tx_slots[slots[i]].ref,
            .offset = (uint16_t)fragment->offset,
            .flags = is_last ? 0 : NETTXF_more_data,
            .id = slots[i],
            .size = (uint16_t)(i ? fragment->bytes : packet->bytes),
        };

        if (i == 0 && packet->checksum_is_blank)
            request.flags |= NETTXF_csum_blank | NETTXF_data_validated;
        if (i == 0 && packet->gso)
            request.flags |= NETTXF_extra_info;
        memcpy(tx_entry(queue), &request, sizeof(request));
        if (i == 0 && packet->gso)
            put_gso(queue, packet);
    }
    packet->driver_parts = packet->fragment_count;
}

static bool queue_send(struct netfront_queue *queue, struct packet *packet)
{
    uint16_t slots[PACKET_FRAGMENTS];
    uint32_t needed = packet->fragment_count + (packet->gso != PACKET_GSO_NONE);
    bool were_on = spin_lock(&queue->lock);
    bool is_sent = front_ring_free(&queue->tx) >= needed && tx_grant_all(queue, packet, slots);
    bool notify = false;

    if (is_sent) {
        tx_put(queue, packet, slots);
        notify = front_ring_push(&queue->tx);
    }
    spin_unlock(&queue->lock, were_on);
    if (notify)
        event_notify(queue->tx_port);
    return is_sent;
}

static bool netfront_send(struct network_device *device, struct packet *packet)
{
    struct netfront *front = (struct netfront *)device;
    uint32_t first = bottom_this_cpu()->id;

    if (packet->bytes > XEN_NETIF_MAX_TX_SIZE || packet->bytes == 0) {
        device->packets_dropped++;
        packet_free(packet);
        return true;
    }
    for (uint32_t i = 0; i < front->queue_count; i++) {
        if (queue_send(front->queues[(first + i) % front->queue_count], packet))
            return true;
    }
    return false;
}

/* A packet is done when all its pieces are. */
static bool tx_take(struct netfront_queue *queue, const struct netif_tx_response *response,
                    struct packet **done)
{
    if (response->status == NETIF_RSP_NULL)
        return true; /* the slot of an extra */
    if (response->id >= NETFRONT_SLOTS || !queue->tx_slots[response->id].packet)
        return false;
    struct packet *packet = queue->tx_slots[response->id].packet;

    tx_release(queue, response->id);
    if (--packet->driver_parts == 0) {
        packet->next = *done;
        *done = packet;
    }
    return true;
}

static struct packet *tx_take_all(struct netfront_queue *queue)
{
    struct packet *done = NULL;

    do {
        if (!front_ring_is_sane(&queue->tx)) {
            xenbus_break(queue->front->bus, "an answer to nothing that was sent");
            break;
        }
        for (uint32_t left = front_ring_unconsumed(&queue->tx); left; left--) {
            struct netif_tx_response response;

            ring_copy_entry(&response, front_ring_entry(&queue->tx, queue->tx.rsp_cons++),
                            sizeof(response));
            if (!tx_take(queue, &response, &done)) {
                xenbus_break(queue->front->bus, "an answer with a wrong id");
                break;
            }
        }
    } while (!queue->front->bus->is_broken && front_ring_final_check(&queue->tx));
    return done;
}

/* ---- receiving ---- */

/* Post a page in each free place. The queue's lock is held. True: the backend is to be told. */
static bool rx_post(struct netfront_queue *queue)
{
    while (front_ring_free(&queue->rx)) {
        uint32_t place = queue->rx.req_prod_pvt % NETFRONT_SLOTS;
        uint64_t pfn = page_alloc();
        grant_ref_t ref = pfn ? grant_access(backend_of(queue), pfn, false) : GRANT_NONE;

        if (ref == GRANT_NONE) {
            if (pfn)
                page_put(pfn);
            break;
        }
        struct netif_rx_request request = { .id = (uint16_t)place, .gref = ref };

        queue->rx_slots[place] = (struct netfront_rx_slot){ pfn, ref };
        memcpy(front_ring_entry(&queue->rx, queue->rx.req_prod_pvt++), &request, sizeof(request));
    }
    return front_ring_push(&queue->rx);
}

static void netfront_refill(struct network_device *device)
{
    struct netfront *front = (struct netfront *)device;
    bool device_were_on = spin_lock(&device->lock); /* the queues stay while this is held */

    for (uint32_t i = 0; device->is_up && i < front->queue_count; i++) {
        struct netfront_queue *queue = front->queues[i];
        bool were_on = spin_lock(&queue->lock);
        /* In runs: a call of the hypervisor for each page would cost more than the packet. */
        bool notify =
            queue->rx.shared && front_ring_free(&queue->rx) >= NETFRONT_SLOTS / 4 && rx_post(queue);

        spin_unlock(&queue->lock, were_on);
        if (notify)
            event_notify(queue->rx_port);
    }
    spin_unlock(&device->lock, device_were_on);
}

/* The packet that the queue is at: begun, if it was not. NULL: no memory. */
static struct packet *rx_packet(struct netfront_queue *queue)
{
    if (!queue->partial)
        queue->partial = packet_alloc(0, 0);
    return queue->partial;
}

/* More about the packet, in place of a response. The page of the place was not used. */
static void rx_take_extra(struct netfront_queue *queue, const struct netif_extra_info *extra)
{
    struct packet *packet = rx_packet(queue);

    if (packet && extra->type == XEN_NETIF_EXTRA_TYPE_GSO) {
        packet->gso =
            extra->u.gso.type == XEN_NETIF_GSO_TYPE_TCPV4 ? PACKET_GSO_TCPV4 : PACKET_GSO_TCPV6;
        packet->gso_bytes = extra->u.gso.size;
    }
    queue->extras_left = extra->flags & XEN_NETIF_EXTRA_FLAG_MORE ? 1 : 0;
}

/* A piece of a packet. False: the response is impossible. */
static bool rx_take_data(struct netfront_queue *queue, uint32_t place,
                         const struct netif_rx_response *response, uint64_t pfn, bool is_ours)
{
    struct packet *packet = rx_packet(queue);

    if (response->id != place)
        return false;
    bool is_begin = !packet || !packet->fragment_count;

    queue->more_data = response->flags & NETRXF_more_data;
    if (is_begin && (response->flags & NETRXF_extra_info))
        queue->extras_left = 1;
    if (response->status < 0 || !packet || !is_ours) {
        queue->is_spoilt = true;
        page_put(pfn);
        return true;
    }
    if (response->offset > PAGE_SIZE || (uint32_t)response->status > PAGE_SIZE - response->offset)
        return false;
    if (is_begin) {
        packet->checksum_is_blank = response->flags & NETRXF_csum_blank;
        packet->checksum_is_valid = response->flags & NETRXF_data_validated;
    }
    struct packet_fragment fragment = { pfn, response->offset, (uint32_t)response->status };

    if (!packet_add(packet, fragment)) {
        queue->is_spoilt = true;
        page_put(pfn);
    }
    return true;
}

/* One response or extra; the packet, when this was its last. False: impossible. */
static bool rx_take(struct netfront_queue *queue, struct packet **complete)
{
    uint32_t place = queue->rx.rsp_cons % NETFRONT_SLOTS;
    const void *entry = front_ring_entry(&queue->rx, queue->rx.rsp_cons++);
    struct netfront_rx_slot slot = queue->rx_slots[place];
    bool is_ours = grant_end(slot.ref, slot.pfn);

    queue->rx_slots[place].pfn = 0;
    if (queue->extras_left) {
        struct netif_extra_info extra;

        ring_copy_entry(&extra, entry, sizeof(extra));
        page_put(slot.pfn);
        rx_take_extra(queue, &extra);
    } else {
        struct netif_rx_response response;

        ring_copy_entry(&response, entry, sizeof(response));
        if (!rx_take_data(queue, place, &response, slot.pfn, is_ours)) {
            page_put(slot.pfn);
            return false;
        }
    }
    if (queue->extras_left || queue->more_data)
        return true;
    *complete = queue->partial;
    queue->partial = NULL;
    if (queue->is_spoilt && *complete) {
        packet_free(*complete);
        *complete = NULL;
    }
    queue->is_spoilt = false;
    return true;
}

static struct packet *rx_take_all(struct netfront_queue *queue)
{
    struct packet *received = NULL, **tail = &received;

    do {
        if (!front_ring_is_sane(&queue->rx)) {
            xenbus_break(queue->front->bus, "more was received than there was room for");
            break;
        }
        for (uint32_t left = front_ring_unconsumed(&queue->rx); left; left--) {
            struct packet *complete = NULL;

            if (!rx_take(queue, &complete)) {
                xenbus_break(queue->front->bus, "a received piece with a wrong id or length");
                break;
            }
            if (!complete)
                continue;
            *tail = complete;
            tail = &complete->next;
        }
    } while (!queue->front->bus->is_broken && front_ring_final_check(&queue->rx));
    *tail = NULL;
    return received;
}

/* ---- interrupts ---- */

void netfront_interrupt(void *context)
{
    struct netfront_queue *queue = context;
    struct network_device *device = &queue->front->network;
    struct packet *done = NULL, *received = NULL;
    bool were_on = spin_lock(&queue->lock);

    if (queue->tx.shared && !queue->front->bus->is_broken) {
        done = tx_take_all(queue);
        received = rx_take_all(queue);
    }
    spin_unlock(&queue->lock, were_on);
    bool has_sent = done;

    while (done) {
        struct packet *next = done->next;

        packet_free(done);
        done = next;
    }
    while (received) {
        struct packet *next = received->next;

        network_receive(device, received);
        received = next;
    }
    if (has_sent)
        network_restart(device);
    netfront_refill(device);
}

const struct network_driver netfront_network_driver = { .send = netfront_send,
                                                        .refill = netfront_refill };

/* ---- a queue's parts ---- */

static int open_ring(const struct netfront_queue *queue, struct xen_front_ring *ring, uint64_t *pfn,
                     grant_ref_t *ref, uint32_t entry_bytes)
{
    *pfn = page_alloc();
    if (!*pfn)
        return -XEN_ENOMEM;
    *ref = grant_access(backend_of(queue), *pfn, false);
    if (*ref == GRANT_NONE)
        return -XEN_ENOSPC;
    ring_init(pfn_to_virt(*pfn));
    front_ring_attach(ring, pfn_to_virt(*pfn), (uint32_t)PAGE_SIZE, entry_bytes, 0);
    return 0;
}

int netfront_queue_open(struct netfront_queue *queue, uint32_t number)
{
    int error = open_ring(queue, &queue->tx, &queue->tx_pfn, &queue->tx_ref,
                          sizeof(union netif_tx_sring_entry));

    if (!error)
        error = open_ring(queue, &queue->rx, &queue->rx_pfn, &queue->rx_ref,
                          sizeof(union netif_rx_sring_entry));
    if (error)
        return error;
    queue->tx_free = NO_SLOT;
    for (uint32_t slot = NETFRONT_SLOTS; slot-- > 0;) {
        queue->tx_slots[slot].next_free = queue->tx_free;
        queue->tx_free = slot;
    }
    rx_post(queue); /* there is no port to tell anybody yet */
    queue->tx_port = event_open(backend_of(queue), number, netfront_interrupt, queue);
    queue->rx_port = queue->tx_port;
    if (queue->tx_port && queue->front->has_split_ports)
        queue->rx_port = event_open(backend_of(queue), number, netfront_interrupt, queue);
    return queue->rx_port ? 0 : -XEN_ENOSPC;
}

static void close_slots(struct netfront_queue *queue)
{
    for (uint32_t slot = 0; slot < NETFRONT_SLOTS; slot++) {
        struct packet *packet = queue->tx_slots[slot].packet;

        if (packet) {
            tx_release(queue, slot);
            if (--packet->driver_parts == 0)
                packet_free(packet);
        }
        if (queue->rx_slots[slot].pfn) {
            grant_end(queue->rx_slots[slot].ref, queue->rx_slots[slot].pfn);
            page_put(queue->rx_slots[slot].pfn);
        }
    }
    if (queue->partial)
        packet_free(queue->partial);
}

static void close_ring(uint64_t pfn, grant_ref_t ref)
{
    if (!pfn)
        return;
    if (ref != GRANT_NONE)
        grant_end(ref, pfn);
    page_put(pfn);
}

void netfront_queue_close(struct netfront_queue *queue)
{
    if (queue->rx_port && queue->rx_port != queue->tx_port)
        event_close(queue->rx_port);
    if (queue->tx_port)
        event_close(queue->tx_port);
    close_slots(queue);
    close_ring(queue->tx_pfn, queue->tx_ref);
    close_ring(queue->rx_pfn, queue->rx_ref);
}
