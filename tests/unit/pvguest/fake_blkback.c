/* SPDX-License-Identifier: MIT */
#include "fake_blkback.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_store.h"
#include "hypercall-abi/io/blkif.h"
#include "hypercall-abi/io/xenbus.h"
#include "world.h"

#define QUEUES       4u
#define RING_PAGES   4u
#define GRANTS       8192u
#define SECTOR_BYTES 512u
#define PENDING      128u

struct pending {
    uint64_t id;
    uint8_t operation;
    int16_t status;
};

struct queue {
    struct xen_back_ring ring;
    uint32_t refs[RING_PAGES];
    uint32_t pages;
    uint32_t port;
    /* Done, and not answered: answers come in an order of their own. */
    struct pending pending[PENDING];
    uint32_t pending_count;
};

static struct blkback_options options;
static enum blkback_misdeed misdeed;
static struct blkback_counts counts;
static struct queue queues[QUEUES];
static uint32_t queue_count;
static bool is_connected, uses_persistent;
static bool is_kept[GRANTS]; /* persistently mapped */
static char disk[FAKE_DISK_SECTORS][SECTOR_BYTES];
static uint32_t shuffle = 12345;

/* ---- the store ---- */

static void set(const char *folder, const char *name, const char *value)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    fake_store_set(path, value);
}

static void set_number(const char *folder, const char *name, uint32_t value)
{
    char text[16];

    snprintf(text, sizeof(text), "%u", value);
    set(folder, name, text);
}

static uint32_t get_number(const char *name, uint32_t otherwise)
{
    char path[256];

    snprintf(path, sizeof(path), FAKE_BLK_FRONTEND "/%s", name);
    const char *value = fake_store_get(path);

    return value ? (uint32_t)strtoul(value, NULL, 10) : otherwise;
}

void fake_blkback_set_state(uint32_t state)
{
    set_number(FAKE_BLK_BACKEND, "state", state);
}

void fake_blkback_misbehave(enum blkback_misdeed how)
{
    misdeed = how;
}

const struct blkback_counts *fake_blkback_counts(void)
{
    return &counts;
}

static void offer(void)
{
    set_number(FAKE_BLK_BACKEND, "feature-max-indirect-segments", options.max_indirect);
    set_number(FAKE_BLK_BACKEND, "multi-queue-max-queues", options.max_queues);
    set_number(FAKE_BLK_BACKEND, "max-ring-page-order", options.max_order);
    fake_blkback_set_state(XenbusStateInitWait);
}

static void describe_disk(void)
{
    set_number(FAKE_BLK_BACKEND, "feature-flush-cache", options.has_flush);
    set_number(FAKE_BLK_BACKEND, "feature-discard", options.has_discard);
    set_number(FAKE_BLK_BACKEND, "feature-persistent", options.has_persistent);
    set_number(FAKE_BLK_BACKEND, "sectors", FAKE_DISK_SECTORS);
    set_number(FAKE_BLK_BACKEND, "sector-size",
               options.sector_bytes ? options.sector_bytes : SECTOR_BYTES);
    set_number(FAKE_BLK_BACKEND, "info", options.is_read_only ? VDISK_READONLY : 0);
}

static void attach_queue(struct queue *queue, uint32_t number)
{
    uint32_t order = get_number("ring-page-order", 0);
    char folder[16] = "", name[32];

    if (queue_count > 1)
        snprintf(folder, sizeof(folder), "queue-%u/", number);
    queue->pages = 1u << order;
    ck_assert_uint_le(order, options.max_order);
    char *ring = NULL;

    for (uint32_t i = 0; i < queue->pages; i++) {
        snprintf(name, sizeof(name), order ? "%sring-ref%u" : "%sring-ref", folder, i);
        queue->refs[i] = get_number(name, 0);
        char *page = world_map(queue->refs[i], true);

        ck_assert_ptr_nonnull(page);
        if (i == 0)
            ring = page;
        ck_assert_ptr_eq(page, ring + i * PAGE_SIZE); /* so the fake needs no mapping of its own */
        counts.rings++;
    }
    snprintf(name, sizeof(name), "%sevent-channel", folder);
    queue->port = get_number(name, 0);
    ck_assert_uint_ne(queue->port, 0);
    back_ring_attach(&queue->ring, (void *)ring, queue->pages * (uint32_t)PAGE_SIZE,
                     sizeof(union blkif_sring_entry), 0);
}

static void connect(void)
{
    queue_count = get_number("multi-queue-num-queues", 1);
    ck_assert_uint_le(queue_count, options.max_queues ? options.max_queues : 1);
    counts.queues = queue_count;
    ck_assert_str_eq(fake_store_get(FAKE_BLK_FRONTEND "/protocol"), "x86_64-abi");
    uses_persistent = options.has_persistent && get_number("feature-persistent", 0);
    for (uint32_t i = 0; i < queue_count; i++)
        attach_queue(&queues[i], i);
    describe_disk();
    is_connected = true;
    fake_blkback_set_state(XenbusStateConnected);
}

void fake_blkback_end(void)
{
    for (uint32_t ref = 0; ref < GRANTS; ref++) {
        if (is_kept[ref])
            world_unmap(ref);
        is_kept[ref] = false;
    }
    for (uint32_t i = 0; i < queue_count && is_connected; i++) {
        for (uint32_t page = 0; page < queues[i].pages; page++)
            world_unmap(queues[i].refs[page]);
        queues[i] = (struct queue){ .port = 0 };
    }
    is_connected = false;
}

/* ---- requests ---- */

static void *map(uint32_t ref, bool for_writing)
{
    ck_assert_uint_lt(ref, GRANTS);
    if (is_kept[ref]) {
        void *page = world_map(ref, true);

        world_unmap(ref);
        world_map(ref, true); /* one too many, given back by unmap() */
        return page;
    }
    void *page = world_map(ref, for_writing || uses_persistent);

    if (!page)
        counts.map_failures++;
    return page;
}

static void unmap(uint32_t ref)
{
    if (is_kept[ref]) {
        world_unmap(ref);
        return;
    }
    if (uses_persistent || misdeed == BLKBACK_KEEPS_PAGES)
        is_kept[ref] = true;
    else
        world_unmap(ref);
}

static bool move_segment(const struct blkif_request_segment *segment, uint64_t *sector,
                         bool is_write)
{
    char *page = map(segment->gref, !is_write);

    if (!page)
        return false;
    ck_assert_uint_le(segment->first_sect, segment->last_sect);
    ck_assert_uint_le(segment->last_sect, 7);
    for (uint32_t at = segment->first_sect; at <= segment->last_sect; at++, (*sector)++) {
        ck_assert_uint_lt(*sector, FAKE_DISK_SECTORS);
        if (is_write)
            memcpy(disk[*sector], page + at * SECTOR_BYTES, SECTOR_BYTES);
        else
            memcpy(page + at * SECTOR_BYTES, disk[*sector], SECTOR_BYTES);
    }
    unmap(segment->gref);
    return true;
}

static int16_t move_data(const struct blkif_request_segment *segments, uint32_t count,
                         uint64_t sector, bool is_write)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!move_segment(&segments[i], &sector, is_write))
            return BLKIF_RSP_ERROR;
    }
    return BLKIF_RSP_OKAY;
}

static int16_t do_indirect(const struct blkif_request_indirect *request)
{
    counts.indirect++;
    ck_assert_uint_gt(request->nr_segments, 0);
    ck_assert_uint_le(request->nr_segments, options.max_indirect);
    const struct blkif_request_segment *segments = map(request->indirect_grefs[0], false);

    if (!segments)
        return BLKIF_RSP_ERROR;
    int16_t status = move_data(segments, request->nr_segments, request->sector_number,
                               request->indirect_op == BLKIF_OP_WRITE);

    unmap(request->indirect_grefs[0]);
    return status;
}

static int16_t do_discard(const struct blkif_request_discard *request)
{
    counts.discards++;
    ck_assert(options.has_discard);
    ck_assert_uint_le(request->sector_number + request->nr_sectors, FAKE_DISK_SECTORS);
    memset(disk[request->sector_number], 0xdd, request->nr_sectors * SECTOR_BYTES);
    return BLKIF_RSP_OKAY;
}

static int16_t do_request(const union blkif_sring_entry *entry)
{
    counts.requests++;
    switch (entry->req.operation) {
    case BLKIF_OP_READ:
    case BLKIF_OP_WRITE:
        counts.direct++;
        ck_assert_uint_gt(entry->req.nr_segments, 0);
        ck_assert_uint_le(entry->req.nr_segments, BLKIF_MAX_SEGMENTS_PER_REQUEST);
        return move_data(entry->req.seg, entry->req.nr_segments, entry->req.sector_number,
                         entry->req.operation == BLKIF_OP_WRITE);
    case BLKIF_OP_INDIRECT:
        return do_indirect((const void *)entry);
    case BLKIF_OP_FLUSH_DISKCACHE:
        counts.flushes++;
        ck_assert(options.has_flush);
        return BLKIF_RSP_OKAY;
    case BLKIF_OP_DISCARD:
        return do_discard((const void *)entry);
    default:
        ck_abort_msg("operation %u", entry->req.operation);
    }
}

/* ---- responses ---- */

static int16_t status_to_send(const struct pending *done)
{
    bool is_extra =
        done->operation == BLKIF_OP_FLUSH_DISKCACHE || done->operation == BLKIF_OP_DISCARD;

    if (misdeed == BLKBACK_ERROR_STATUS)
        return BLKIF_RSP_ERROR;
    if (misdeed == BLKBACK_ODD_STATUS)
        return 4711;
    if (misdeed == BLKBACK_UNSUPPORTED && is_extra)
        return BLKIF_RSP_EOPNOTSUPP;
    return done->status;
}

static void write_response(struct queue *queue, const struct pending *done)
{
    struct blkif_response response = { .id = done->id,
                                       .operation = done->operation,
                                       .status = status_to_send(done) };

    if (misdeed == BLKBACK_WRONG_ID)
        response.id = UINT64_MAX - 3;
    if (misdeed == BLKBACK_FREE_ID)
        response.id = (response.id + 7) % 32;
    if (misdeed == BLKBACK_WRONG_OPERATION)
        response.operation ^= 1;
    memcpy(back_ring_entry(&queue->ring, queue->ring.rsp_prod_pvt++), &response, sizeof(response));
}

static void answer_one(struct queue *queue)
{
    shuffle = shuffle * 1103515245 + 12345;
    uint32_t chosen = (shuffle >> 16) % queue->pending_count;
    struct pending done = queue->pending[chosen];

    queue->pending[chosen] = queue->pending[--queue->pending_count];
    write_response(queue, &done);
    if (misdeed == BLKBACK_SAME_TWICE)
        write_response(queue, &done);
}

static void push(struct queue *queue)
{
    bool notify = back_ring_push(&queue->ring);

    if (misdeed == BLKBACK_TOO_MANY)
        queue->ring.shared->rsp_prod += 1000;
    if (misdeed == BLKBACK_INDEX_BACK)
        queue->ring.shared->rsp_prod = queue->ring.rsp_prod_pvt - 20;
    if (notify)
        world_notify(queue->port);
}

static bool take_requests(struct queue *queue)
{
    bool has_taken = false;

    do {
        ck_assert(back_ring_is_sane(&queue->ring));
        for (uint32_t left = back_ring_unconsumed(&queue->ring);
             left && queue->pending_count < PENDING; left--) {
            union blkif_sring_entry entry;

            ring_copy_entry(&entry, back_ring_entry(&queue->ring, queue->ring.req_cons++),
                            sizeof(entry));
            struct pending done = { .id = entry.req.id, .operation = entry.req.operation };

            if (entry.req.operation == BLKIF_OP_INDIRECT)
                done.operation = ((const struct blkif_request_indirect *)&entry)->indirect_op;
            done.status = do_request(&entry);
            if (misdeed == BLKBACK_SILENT)
                continue;
            queue->pending[queue->pending_count++] = done;
            has_taken = true;
        }
    } while (back_ring_final_check(&queue->ring) && queue->pending_count < PENDING);
    return has_taken;
}

static bool serve_queue(struct queue *queue)
{
    bool was_busy = world_was_notified(queue->port) && take_requests(queue);

    if (!queue->pending_count)
        return was_busy;
    for (uint32_t count = queue->pending_count / 2 + 1; count && queue->pending_count; count--)
        answer_one(queue);
    push(queue);
    return true;
}

static bool turn(void)
{
    const char *ours = fake_store_get(FAKE_BLK_BACKEND "/state");
    const char *theirs = fake_store_get(FAKE_BLK_FRONTEND "/state");
    bool was_busy = false;

    if (!ours || !theirs)
        return false;
    if (!strcmp(ours, "2") && !strcmp(theirs, "3")) {
        connect();
        return true;
    }
    if (!strcmp(ours, "5") && !strcmp(theirs, "6")) {
        fake_blkback_end();
        fake_blkback_set_state(XenbusStateClosed);
        return true;
    }
    for (uint32_t i = 0; i < queue_count && is_connected; i++)
        was_busy |= serve_queue(&queues[i]);
    return was_busy;
}

void fake_blkback_create(const struct blkback_options *wanted)
{
    static bool has_joined;

    options = *wanted;
    set(FAKE_BLK_FRONTEND, "backend", FAKE_BLK_BACKEND);
    set(FAKE_BLK_FRONTEND, "backend-id", "0");
    set(FAKE_BLK_FRONTEND, "virtual-device", "51712");
    set(FAKE_BLK_FRONTEND, "device-type", "disk");
    set(FAKE_BLK_FRONTEND, "state", "1");
    set(FAKE_BLK_BACKEND, "frontend", FAKE_BLK_FRONTEND);
    set(FAKE_BLK_BACKEND, "online", "1");
    offer();
    if (!has_joined)
        world_add_server(turn);
    has_joined = true;
}
