/* SPDX-License-Identifier: MIT */
/*
 * What the two files of the network front end share: netfront.c agrees with the backend, and
 * netfront_ring.c moves packets.
 */
#ifndef PVGUEST_PV_NETFRONT_H
#define PVGUEST_PV_NETFRONT_H

#include "devices/network.h"
#include "hypercall-abi/io/netif.h"
#include "pv/grant.h"
#include "pv/xenbus.h"

#define NETFRONT_QUEUES 4u
#define NETFRONT_SLOTS  256u /* of each ring, which is one page */

/* A piece of a packet that is being sent; its place in the array is the id of its request. */
struct netfront_tx_slot {
    struct packet *packet; /* NULL: free */
    uint64_t pfn;
    grant_ref_t ref;
    uint32_t next_free;
};

/* A page that waits for a piece of a packet; its place is the ring's. */
struct netfront_rx_slot {
    uint64_t pfn; /* 0: none */
    grant_ref_t ref;
};

struct netfront_queue {
    struct netfront *front;
    struct spinlock lock; /* guards all of the queue */
    struct xen_front_ring tx, rx;
    uint64_t tx_pfn, rx_pfn;
    grant_ref_t tx_ref, rx_ref;
    uint32_t tx_port, rx_port; /* the same when the backend cannot tell them apart */
    uint32_t tx_free;          /* first free slot; NETFRONT_SLOTS: none */
    struct netfront_tx_slot tx_slots[NETFRONT_SLOTS];
    struct netfront_rx_slot rx_slots[NETFRONT_SLOTS];

    /* A packet of which not all has come. */
    struct packet *partial;
    uint8_t extras_left; /* the next slot holds more about the packet */
    bool more_data;
    bool is_spoilt; /* to be dropped when it is complete */
};

struct netfront {
    struct network_device network;
    struct xenbus_device *bus;
    struct netfront_queue *queues[NETFRONT_QUEUES];
    uint32_t queue_count;
    bool has_split_ports;
    bool is_registered;
};

/* netfront_queue_open - rings, ports, pages to receive into; what there is stays on an error. */
MUST_CHECK int netfront_queue_open(struct netfront_queue *queue, uint32_t number);
/* netfront_queue_close - no interrupt comes any more; everything is given back. */
void netfront_queue_close(struct netfront_queue *queue);
void netfront_interrupt(void *queue);

extern const struct network_driver netfront_network_driver;

#endif
