/* SPDX-License-Identifier: MIT */
/*
 * Requests to a block backend and its responses.
 *
 * The backend is another domain and may answer anything. A response counts only if its id is of a
 * request under way and its operation that request's; indices must be possible. Otherwise the
 * device is given up. Data come out of granted pages, and only after the response.
 *
 * With persistent grants the backend keeps pages mapped, which saves it a mapping for each
 * request and costs this side a copy: data go through pages that stay granted. Without, the pages
 * of the request are granted for its time.
 */
#include "kernel/bottom.h"
#include "kernel/cpu.h"
#include "kernel/page.h"
#include "kernel/string.h"
#include "pv/blkfront.h"
#include "pv/event.h"

/* ---- pages that the backend may use ---- */

static struct granted_page *page_make(struct blkfront_queue *queue)
{
    struct granted_page *page = kmalloc(sizeof(*page));

    if (!page)
        return NULL;
    page->pfn = page_alloc();
    if (page->pfn)
        page->ref = grant_access(queue->front->bus->backend_domain, page->pfn, false);
    if (page->pfn && page->ref != GRANT_NONE)
        return page;
    if (page->pfn)
        page_put(page->pfn);
    kfree(page, sizeof(*page));
    return NULL;
}

static void page_release(uint64_t pfn, grant_ref_t ref)
{
    grant_end(ref, pfn);
    page_put(pfn);
}

static struct granted_page *page_take(struct blkfront_queue *queue)
{
    struct granted_page *page = queue->spare;

    if (!page)
        return page_make(queue);
    queue->spare = page->next;
    return page;
}

static void page_give(struct blkfront_queue *queue, struct granted_page *page)
{
    page->next = queue->spare;
    queue->spare = page;
}

/* ---- data of a request ---- */

static void copy_data(const struct blkfront_shadow *shadow, bool to_backend)
{
    const struct block_request *request = shadow->request;

    for (uint32_t i = 0; i < request->segment_count; i++) {
        const struct block_segment *segment = &request->segments[i];
        char *own = (char *)pfn_to_virt(segment->pfn) + segment->offset;
        char *shared = (char *)pfn_to_virt(shadow->copies[i]->pfn) + segment->offset;

        if (to_backend)
            memcpy(shared, own, segment->bytes);
        else
            memcpy(own, shared, segment->bytes);
    }
}

static void release_data(struct blkfront_queue *queue, struct blkfront_shadow *shadow,
                         uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (shadow->copies[i])
            page_give(queue, shadow->copies[i]);
        else
            grant_end(shadow->refs[i], shadow->request->segments[i].pfn);
        shadow->copies[i] = NULL;
    }
}

static grant_ref_t grant_segment(struct blkfront_queue *queue, struct blkfront_shadow *shadow,
                                 uint32_t index)
{
    const struct block_request *request = shadow->request;

    if (queue->front->has_persistent) {
        shadow->copies[index] = page_take(queue);
        return shadow->copies[index] ? shadow->copies[index]->ref : GRANT_NONE;
    }
    shadow->refs[index] =
        grant_access(queue->front->bus->backend_domain, request->segments[index].pfn,
                     request->operation == BLOCK_WRITE);
    return shadow->refs[index];
}

/* All segments, granted, in the form of the ring; false: nothing is granted. */
static bool describe_data(struct blkfront_queue *queue, struct blkfront_shadow *shadow,
                          struct blkif_request_segment *to)
{
    const struct block_request *request = shadow->request;

    for (uint32_t i = 0; i < request->segment_count; i++) {
        const struct block_segment *segment = &request->segments[i];
        uint32_t first = segment->offset / SECTOR_BYTES;

        to[i].gref = grant_segment(queue, shadow, i);
        if (to[i].gref == GRANT_NONE) {
            release_data(queue, shadow, i);
            return false;
        }
        to[i].first_sect = (uint8_t)first;
        to[i].last_sect = (uint8_t)(first + segment->bytes / SECTOR_BYTES - 1);
    }
    if (queue->front->has_persistent && request->operation == BLOCK_WRITE)
        copy_data(shadow, true);
    return true;
}

/* ---- requests ---- */

static uint64_t shadow_id(const struct blkfront_queue *queue, const struct blkfront_shadow *shadow)
{
    uint64_t id = 0;

    while (queue->shadows[id] != shadow)
        id++;
    return id;
}

static bool write_direct(struct blkfront_queue *queue, struct blkfront_shadow *shadow, void *entry)
{
    const struct block_request *request = shadow->request;
    struct blkif_request out = {
        .operation = request->operation == BLOCK_WRITE ? BLKIF_OP_WRITE : BLKIF_OP_READ,
        .nr_segments = (uint8_t)request->segment_count,
        .handle = (blkif_vdev_t)queue->front->handle,
        .id = shadow_id(queue, shadow),
        .sector_number = request->sector,
    };

    if (!describe_data(queue, shadow, out.seg))
        return false;
    shadow->operation = out.operation;
    memcpy(entry, &out, sizeof(out));
    return true;
}

static bool has_indirect_page(struct blkfront_queue *queue, struct blkfront_shadow *shadow)
{
    if (shadow->indirect.pfn)
        return true;
    struct granted_page *page = page_make(queue);

    if (!page)
        return false;
    shadow->indirect = *page;
    kfree(page, sizeof(*page));
    return true;
}

static bool write_indirect(struct blkfront_queue *queue, struct blkfront_shadow *shadow,
                           void *entry)
{
    const struct block_request *request = shadow->request;
    struct blkif_request_indirect out = {
        .operation = BLKIF_OP_INDIRECT,
        .indirect_op = request->operation == BLOCK_WRITE ? BLKIF_OP_WRITE : BLKIF_OP_READ,
        .nr_segments = (uint16_t)request->segment_count,
        .id = shadow_id(queue, shadow),
        .sector_number = request->sector,
        .handle = (blkif_vdev_t)queue->front->handle,
    };

    if (!has_indirect_page(queue, shadow) ||
        !describe_data(queue, shadow, pfn_to_virt(shadow->indirect.pfn)))
        return false;
    out.indirect_grefs[0] = shadow->indirect.ref;
    shadow->operation = out.indirect_op; /* which is what backends answer with */
    memcpy(entry, &out, sizeof(out));
    return true;
}

static bool write_discard(const struct blkfront_queue *queue, struct blkfront_shadow *shadow,
                          void *entry)
{
    struct blkif_request_discard out = {
        .operation = BLKIF_OP_DISCARD,
        .handle = (blkif_vdev_t)queue->front->handle,
        .id = shadow_id(queue, shadow),
        .sector_number = shadow->request->sector,
        .nr_sectors = shadow->request->sector_count,
    };

    shadow->operation = out.operation;
    memcpy(entry, &out, sizeof(out));
    return true;
}

static bool write_flush(const struct blkfront_queue *queue, struct blkfront_shadow *shadow,
                        void *entry)
{
    struct blkif_request out = { .operation = BLKIF_OP_FLUSH_DISKCACHE,
                                 .handle = (blkif_vdev_t)queue->front->handle,
                                 .id = shadow_id(queue, shadow) };

    shadow->operation = out.operation;
    memcpy(entry, &out, sizeof(out));
    return true;
}

static bool write_request(struct blkfront_queue *queue, struct blkfront_shadow *shadow)
{
    const struct block_request *request = shadow->request;
    void *entry = front_ring_entry(&queue->ring, queue->ring.req_prod_pvt);

    if (request->operation == BLOCK_FLUSH)
        return write_flush(queue, shadow, entry);
    if (request->operation == BLOCK_DISCARD)
        return write_discard(queue, shadow, entry);
    if (request->segment_count > BLKIF_MAX_SEGMENTS_PER_REQUEST)
        return write_indirect(queue, shadow, entry);
    return write_direct(queue, shadow, entry);
}

static bool queue_start(struct blkfront_queue *queue, struct block_request *request)
{
    bool were_on = spin_lock(&queue->lock);
    struct blkfront_shadow *shadow = queue->free_shadow;
    bool has_started = false;

    if (shadow && front_ring_free(&queue->ring)) {
        shadow->request = request;
        has_started = write_request(queue, shadow);
        if (has_started) {
            queue->free_shadow = shadow->next_free;
            queue->ring.req_prod_pvt++;
            queue->has_unpushed = true;
        } else {
            shadow->request = NULL;
        }
    }
    spin_unlock(&queue->lock, were_on);
    return has_started;
}

static enum block_start blkfront_start(struct block_device *device, struct block_request *request)
{
    struct blkfront *front = (struct blkfront *)device;
    uint32_t first = bottom_this_cpu()->id;

    if (front->is_stopped)
        return BLOCK_BUSY;
    for (uint32_t i = 0; i < front->queue_count; i++) {
        if (queue_start(&front->queues[(first + i) % front->queue_count], request))
            return BLOCK_STARTED;
    }
    return device->started ? BLOCK_BUSY : BLOCK_REFUSED;
}

static void blkfront_kick(struct block_device *device)
{
    struct blkfront *front = (struct blkfront *)device;

    for (uint32_t i = 0; i < front->queue_count; i++) {
        struct blkfront_queue *queue = &front->queues[i];
        bool were_on = spin_lock(&queue->lock);
        bool notify = queue->has_unpushed && front_ring_push(&queue->ring);

        queue->has_unpushed = false;
        spin_unlock(&queue->lock, were_on);
        if (notify)
            event_notify(queue->port);
    }
}

const struct block_driver blkfront_block_driver = { .start = blkfront_start,
                                                    .kick = blkfront_kick };

/* ---- responses ---- */

static enum block_status status_of(struct blkfront *front, const struct block_request *request,
                                   int16_t status)
{
    if (status == BLKIF_RSP_OKAY)
        return BLOCK_OK;
    if (status != BLKIF_RSP_EOPNOTSUPP)
        return BLOCK_ERROR;
    if (request->operation == BLOCK_FLUSH)
        front->block.can_flush = false;
    if (request->operation == BLOCK_DISCARD)
        front->block.can_discard = false;
    return BLOCK_UNSUPPORTED;
}

/* The request is the caller's again: data are where it wants them, the shadow is free. */
static struct block_request *shadow_finish(struct blkfront_queue *queue,
                                           struct blkfront_shadow *shadow, enum block_status status)
{
    struct block_request *request = shadow->request;

    if (status == BLOCK_OK && request->operation == BLOCK_READ && queue->front->has_persistent)
        copy_data(shadow, false);
    release_data(queue, shadow, request->segment_count);
    request->status = status;
    shadow->request = NULL;
    shadow->next_free = queue->free_shadow;
    queue->free_shadow = shadow;
    return request;
}

/* The request that a response ends; NULL: there is none such. */
static struct block_request *take_response(struct blkfront_queue *queue,
                                           const struct blkif_response *response)
{
    if (response->id >= BLKFRONT_QUEUE_DEPTH)
        return NULL;
    struct blkfront_shadow *shadow = queue->shadows[response->id];

    if (!shadow->request || shadow->operation != response->operation)
        return NULL;
    return shadow_finish(queue, shadow, status_of(queue->front, shadow->request, response->status));
}

/* With the lock held: all responses that are there, as a list of requests. */
static struct block_request *take_responses(struct blkfront_queue *queue)
{
    struct block_request *finished = NULL, **tail = &finished;

    do {
        if (!front_ring_is_sane(&queue->ring)) {
            xenbus_break(queue->front->bus, "a response to no request");
            break;
        }
        for (uint32_t left = front_ring_unconsumed(&queue->ring); left; left--) {
            struct blkif_response response;

            ring_copy_entry(&response, front_ring_entry(&queue->ring, queue->ring.rsp_cons),
                            sizeof(response));
            queue->ring.rsp_cons++;
            struct block_request *request = take_response(queue, &response);

            if (!request) {
                xenbus_break(queue->front->bus, "a response with a wrong id or operation");
                break;
            }
            *tail = request;
            tail = &request->next;
        }
    } while (!queue->front->bus->is_broken && front_ring_final_check(&queue->ring));
    *tail = NULL;
    return finished;
}

static void complete_all(struct blkfront *front, struct block_request *request)
{
    while (request) {
        struct block_request *next = request->next;

        block_complete(&front->block, request, request->status);
        request = next;
    }
}

void blkfront_interrupt(void *context)
{
    struct blkfront_queue *queue = context;
    struct blkfront *front = queue->front;
    struct block_request *finished = NULL;
    bool were_on = spin_lock(&queue->lock);

    if (queue->ring.shared && !front->bus->is_broken)
        finished = take_responses(queue);
    spin_unlock(&queue->lock, were_on);
    if (!finished)
        return;
    complete_all(front, finished);
    block_restart(&front->block);
}

uint32_t blkfront_under_way(struct blkfront_queue *queue)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < BLKFRONT_QUEUE_DEPTH; i++)
        count += queue->shadows[i] && queue->shadows[i]->request;
    return count;
}

void blkfront_queue_stop(struct blkfront_queue *queue)
{
    struct block_request *failed = NULL;

    if (queue->port)
        event_close(queue->port);
    queue->port = 0;
    bool were_on = spin_lock(&queue->lock);

    for (uint32_t i = 0; i < BLKFRONT_QUEUE_DEPTH; i++) {
        if (!queue->shadows[i] || !queue->shadows[i]->request)
            continue;
        struct block_request *request = shadow_finish(queue, queue->shadows[i], BLOCK_ERROR);

        request->next = failed;
        failed = request;
    }
    spin_unlock(&queue->lock, were_on);
    complete_all(queue->front, failed);
}

/* ---- a queue's parts ---- */

static int open_shadows(struct blkfront_queue *queue)
{
    for (uint32_t i = 0; i < BLKFRONT_QUEUE_DEPTH; i++) {
        struct blkfront_shadow *shadow = kmalloc(sizeof(*shadow));

        if (!shadow)
            return -XEN_ENOMEM;
        shadow->next_free = queue->free_shadow;
        queue->free_shadow = shadow;
        queue->shadows[i] = shadow;
    }
    return 0;
}

/* Pages one after another, so that the ring is one piece of memory for us. */
static int open_ring(struct blkfront_queue *queue)
{
    uint32_t pages = 1u << queue->front->ring_order;
    uint64_t first = pages_alloc(pages);

    if (!first)
        return -XEN_ENOMEM;
    for (uint32_t i = 0; i < pages; i++)
        queue->ring_pfns[i] = first + i;
    ring_init(pfn_to_virt(first));
    front_ring_attach(&queue->ring, pfn_to_virt(first), pages * (uint32_t)PAGE_SIZE,
                      sizeof(union blkif_sring_entry), 0);
    for (; queue->ring_pages < pages; queue->ring_pages++) {
        queue->ring_refs[queue->ring_pages] =
            grant_access(queue->front->bus->backend_domain, first + queue->ring_pages, false);
        if (queue->ring_refs[queue->ring_pages] == GRANT_NONE)
            return -XEN_ENOSPC;
    }
    return 0;
}

int blkfront_queue_open(struct blkfront_queue *queue, uint32_t number)
{
    int error = open_shadows(queue);

    if (!error)
        error = open_ring(queue);
    if (error)
        return error;
    queue->port = event_open(queue->front->bus->backend_domain, number, blkfront_interrupt, queue);
    return queue->port ? 0 : -XEN_ENOSPC;
}

void blkfront_queue_close(struct blkfront_queue *queue)
{
    struct blkfront *front = queue->front;

    for (uint32_t i = 0; i < 1u << BLKFRONT_RING_ORDER && queue->ring_pfns[i]; i++) {
        if (i < queue->ring_pages)
            grant_end(queue->ring_refs[i], queue->ring_pfns[i]);
        page_put(queue->ring_pfns[i]);
    }
    while (queue->spare) {
        struct granted_page *page = queue->spare;

        queue->spare = page->next;
        page_release(page->pfn, page->ref);
        kfree(page, sizeof(*page));
    }
    for (uint32_t i = 0; i < BLKFRONT_QUEUE_DEPTH && queue->shadows[i]; i++) {
        if (queue->shadows[i]->indirect.pfn)
            page_release(queue->shadows[i]->indirect.pfn, queue->shadows[i]->indirect.ref);
        kfree(queue->shadows[i], sizeof(*queue->shadows[i]));
    }
    *queue = (struct blkfront_queue){ .front = front };
}
