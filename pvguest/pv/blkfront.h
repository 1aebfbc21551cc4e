/* SPDX-License-Identifier: MIT */
/*
 * What the two files of the block front end share: blkfront.c agrees with the backend, and
 * blkfront_ring.c moves requests and responses.
 */
#ifndef PVGUEST_PV_BLKFRONT_H
#define PVGUEST_PV_BLKFRONT_H

#include "devices/block.h"
#include "hypercall-abi/io/blkif.h"
#include "kernel/spinlock.h"
#include "pv/grant.h"
#include "pv/xenbus.h"

#define BLKFRONT_QUEUES      4u
#define BLKFRONT_RING_ORDER  2u /* at most four pages for a ring */
#define BLKFRONT_QUEUE_DEPTH 32u

/* A page that the backend may use. With persistent grants it stays granted, in a list. */
struct granted_page {
    uint64_t pfn;
    grant_ref_t ref;
    struct granted_page *next;
};

/* A request under way; its place in the queue's array is the id that the backend repeats. */
struct blkfront_shadow {
    struct block_request *request; /* NULL: free */
    uint8_t operation;             /* that the response must name */
    struct blkfront_shadow *next_free;
    struct granted_page indirect;                     /* made when first needed */
    grant_ref_t refs[BLOCK_SEGMENT_LIMIT];            /* of the request's own pages */
    struct granted_page *copies[BLOCK_SEGMENT_LIMIT]; /* with persistent grants */
};

struct blkfront_queue {
    struct blkfront *front;
    struct spinlock lock; /* guards all of the queue */
    struct xen_front_ring ring;
    uint64_t ring_pfns[1u << BLKFRONT_RING_ORDER]; /* consecutive */
    grant_ref_t ring_refs[1u << BLKFRONT_RING_ORDER];
    uint32_t ring_pages; /* granted so far */
    uint32_t port;
    bool has_unpushed;
    struct blkfront_shadow *shadows[BLKFRONT_QUEUE_DEPTH];
    struct blkfront_shadow *free_shadow;
    struct granted_page *spare; /* persistent pages that no request uses */
};

struct blkfront {
    struct block_device block;
    struct xenbus_device *bus;
    struct blkfront_queue queues[BLKFRONT_QUEUES];
    uint32_t queue_count, ring_order;
    uint32_t handle;
    bool has_persistent;
    bool is_registered;
    volatile bool is_stopped; /* no request starts */
};

/* blkfront_queue_open - ring, port and shadows; on an error what there is stays, for the close. */
MUST_CHECK int blkfront_queue_open(struct blkfront_queue *queue, uint32_t number);
/* blkfront_queue_close - after the stop: give everything back. */
void blkfront_queue_close(struct blkfront_queue *queue);
uint32_t blkfront_under_way(struct blkfront_queue *queue);
/* blkfront_queue_stop - no interrupt comes any more; requests without answer end with an error. */
void blkfront_queue_stop(struct blkfront_queue *queue);
void blkfront_interrupt(void *queue);

extern const struct block_driver blkfront_block_driver;

#endif
