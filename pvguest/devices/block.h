/* SPDX-License-Identifier: MIT */
/*
 * Block devices, as the kernel sees them: a queue of requests whose completion is announced.
 *
 * A request belongs to the device from block_submit() until its done() is called, which happens
 * in an interrupt: done() may submit again, but not wait. Requests may be finished in any order.
 * Sectors are of 512 bytes, whatever the device's own are.
 */
#ifndef PVGUEST_DEVICES_BLOCK_H
#define PVGUEST_DEVICES_BLOCK_H

#include "kernel/semaphore.h"
#include "kernel/spinlock.h"
#include "kernel/types.h"

#define SECTOR_BYTES        512u
#define BLOCK_SEGMENT_LIMIT 32u /* of a request, on any device */
#define BLOCK_NAME_BYTES    16u

enum block_operation { BLOCK_READ, BLOCK_WRITE, BLOCK_FLUSH, BLOCK_DISCARD };
enum block_status { BLOCK_OK, BLOCK_ERROR, BLOCK_UNSUPPORTED };

/* Part of a page, in whole sectors of the device. */
struct block_segment {
    uint64_t pfn;
    uint32_t offset;
    uint32_t bytes;
};

struct block_request {
    enum block_operation operation;
    uint64_t sector;
    uint64_t sector_count; /* of BLOCK_DISCARD */
    uint32_t segment_count;
    struct block_segment segments[BLOCK_SEGMENT_LIMIT];
    void (*done)(struct block_request *request);
    void *context; /* the submitter's */

    enum block_status status; /* the answer */
    struct block_request *next;
};

struct block_device;

/* BUSY: not now, but after one of those that were started is complete. */
enum block_start { BLOCK_STARTED, BLOCK_BUSY, BLOCK_REFUSED };

struct block_driver {
    /* Start a request. The device's lock is held. */
    enum block_start (*start)(struct block_device *device, struct block_request *request);
    /* Called after a run of starts: the device may be told now. */
    void (*kick)(struct block_device *device);
};

struct block_device {
    char name[BLOCK_NAME_BYTES]; /* "hda", "xvda" */
    uint64_t sector_count;
    uint32_t sector_bytes;  /* requests are multiples of it */
    uint32_t depth;         /* requests that it works on at a time */
    uint32_t segment_limit; /* at most BLOCK_SEGMENT_LIMIT */
    bool is_read_only;
    bool can_flush;
    bool can_discard;
    uint32_t discard_sectors; /* granularity of discards */
    const struct block_driver *driver;

    struct spinlock lock; /* guards what follows, and the driver's start() */
    struct block_request *waiting, **waiting_tail;
    uint32_t started;
    bool is_gone; /* every request fails */
    struct block_device *next;
};

/* block_register - the device takes requests from now on. */
void block_register(struct block_device *device);
/* block_unregister - it takes none any more: requests that wait fail. Started ones are not touched. */
void block_unregister(struct block_device *device);
/* block_find - by name, or any device with NULL; waits for it until @deadline_ns. */
struct block_device *block_find(const char *name, uint64_t deadline_ns);

void block_submit(struct block_device *device, struct block_request *request);
/* block_complete - the driver's: @request has been started and is done. */
void block_complete(struct block_device *device, struct block_request *request,
                    enum block_status status);
/* block_restart - the driver's: start what waits, if it can be started now. */
void block_restart(struct block_device *device);

/* block_do - submit a request and wait for its end. */
enum block_status block_do(struct block_device *device, struct block_request *request);

static inline uint64_t block_request_bytes(const struct block_request *request)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < request->segment_count; i++)
        bytes += request->segments[i].bytes;
    return bytes;
}

#endif
