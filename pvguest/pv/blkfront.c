/* SPDX-License-Identifier: MIT */
/*
 * Paravirtual disks, the steps of xenbus: what this end and the backend agree on.
 *
 * Words of the command line switch off what would be used otherwise, so that each way can be
 * tested: blkfront.queues, .ring-order, .segments, .persistent, .flush, .discard (= a number).
 */
#include "pv/blkfront.h"

#include "hypercall-abi/io/protocols.h"
#include "kernel/bottom.h"
#include "kernel/page.h"
#include "kernel/print.h"
#include "kernel/text.h"

#define MAJOR_XVD     202u
#define EXTENDED_DISK (1u << 28)
#define DRAIN_STEP_NS 1000000UL
#define DRAIN_STEPS   5000u

static uint32_t wanted(const char *option, uint32_t otherwise)
{
    uint64_t value = option_number(boot_info.command_line, option, otherwise);

    return value < otherwise ? (uint32_t)value : otherwise;
}

/* The least of what we can, the backend offers and the command line wants. */
static uint32_t agreed(const struct blkfront *front, const char *node, const char *option,
                       uint32_t ours)
{
    uint64_t theirs = xenbus_read_number(front->bus->backend, node, 0);
    uint32_t ours_wanted = wanted(option, ours);

    return theirs < ours_wanted ? (uint32_t)theirs : ours_wanted;
}

/* ---- a new device ---- */

/* 51712 is the first minor of major 202, "xvda"; 16 minors make a disk, or 256 in the other form. */
static void name_disk(struct blkfront *front)
{
    uint32_t disk = front->handle >> 4 & 15;

    if (front->handle & EXTENDED_DISK)
        disk = (front->handle & ~EXTENDED_DISK) >> 8;
    else if (front->handle >> 8 != MAJOR_XVD)
        disk = ~0u;
    if (disk < 26)
        format_text(front->block.name, BLOCK_NAME_BYTES, "xvd%c", (char)('a' + disk));
    else
        format_text(front->block.name, BLOCK_NAME_BYTES, "xv%u", front->handle);
}

static bool probe(struct xenbus_device *device)
{
    struct blkfront *front = kmalloc(sizeof(*front));

    if (!front)
        return false;
    front->bus = device;
    front->block.driver = &blkfront_block_driver;
    front->handle = (uint32_t)xenbus_read_number(device->node, BLKIF_NODE_VIRTUAL_DEVICE, 0);
    name_disk(front);
    for (uint32_t i = 0; i < BLKFRONT_QUEUES; i++)
        front->queues[i].front = front;
    device->data = front;
    return true;
}

/* ---- the backend waits: rings and ports ---- */

static void publish_queue(struct xenbus_nodes *nodes, const struct blkfront *front, uint32_t number)
{
    const struct blkfront_queue *queue = &front->queues[number];
    char folder[16] = "";

    if (front->queue_count > 1)
        format_text(folder, sizeof(folder), "queue-%u/", number);
    for (uint32_t i = 0; i < queue->ring_pages; i++) {
        char name[16] = BLKIF_NODE_RING_REF;

        if (front->ring_order)
            format_text(name, sizeof(name), BLKIF_NODE_RING_REF "%u", i);
        xenbus_add_number(nodes, folder, name, queue->ring_refs[i]);
    }
    xenbus_add_number(nodes, folder, BLKIF_NODE_EVENT_CHANNEL, queue->port);
}

static int publish(struct blkfront *front)
{
    static struct xenbus_nodes nodes; /* of the bus's thread; large for a stack */

    nodes.count = 0;
    nodes.is_too_long = false;
    if (front->queue_count > 1)
        xenbus_add_number(&nodes, "", BLKIF_NODE_MULTI_QUEUE_NUM_QUEUES, front->queue_count);
    if (front->ring_order)
        xenbus_add_number(&nodes, "", BLKIF_NODE_RING_PAGE_ORDER, front->ring_order);
    for (uint32_t i = 0; i < front->queue_count; i++)
        publish_queue(&nodes, front, i);
    xenbus_add(&nodes, "", BLKIF_NODE_PROTOCOL, XEN_IO_PROTO_ABI_NATIVE);
    xenbus_add_number(&nodes, "", BLKIF_NODE_FEATURE_PERSISTENT, wanted("blkfront.persistent", 1));
    return xenbus_publish(front->bus, &nodes);
}

static enum xenbus_state negotiate(struct xenbus_device *device)
{
    struct blkfront *front = device->data;
    uint32_t cpus = bottom_cpu_count();
    int error = 0;

    front->queue_count = agreed(front, BLKIF_NODE_MULTI_QUEUE_MAX_QUEUES, "blkfront.queues",
                                cpus < BLKFRONT_QUEUES ? cpus : BLKFRONT_QUEUES);
    if (!front->queue_count)
        front->queue_count = 1;
    front->ring_order =
        agreed(front, BLKIF_NODE_MAX_RING_PAGE_ORDER, "blkfront.ring-order", BLKFRONT_RING_ORDER);
    for (uint32_t i = 0; i < front->queue_count && !error; i++)
        error = blkfront_queue_open(&front->queues[i], i);
    if (!error)
        error = publish(front);
    if (!error)
        return XenbusStateInitialised;
    xenbus_report(device, "no rings, or they cannot be published");
    return XenbusStateClosing;
}

/* ---- the backend is connected: what the disk is like ---- */

static bool read_disk(struct blkfront *front)
{
    const char *backend = front->bus->backend;
    struct block_device *block = &front->block;
    uint32_t segments = agreed(front, BLKIF_NODE_FEATURE_MAX_INDIRECT_SEGMENTS, "blkfront.segments",
                               BLOCK_SEGMENT_LIMIT);

    block->sector_count = xenbus_read_number(backend, BLKIF_NODE_SECTORS, 0);
    block->sector_bytes =
        (uint32_t)xenbus_read_number(backend, BLKIF_NODE_SECTOR_SIZE, SECTOR_BYTES);
    block->is_read_only =
        xenbus_read_number(backend, BLKIF_NODE_INFO, 0) & (VDISK_READONLY | VDISK_CDROM);
    block->can_flush = agreed(front, BLKIF_NODE_FEATURE_FLUSH_CACHE, "blkfront.flush", 1);
    block->can_discard = agreed(front, BLKIF_NODE_FEATURE_DISCARD, "blkfront.discard", 1);
    block->discard_sectors =
        (uint32_t)xenbus_read_number(backend, BLKIF_NODE_DISCARD_GRANULARITY, PAGE_SIZE) /
        SECTOR_BYTES;
    front->has_persistent = agreed(front, BLKIF_NODE_FEATURE_PERSISTENT, "blkfront.persistent", 1);
    block->segment_limit =
        segments > BLKIF_MAX_SEGMENTS_PER_REQUEST ? segments : BLKIF_MAX_SEGMENTS_PER_REQUEST;
    block->depth = BLKFRONT_QUEUE_DEPTH * front->queue_count;
    uint32_t size = block->sector_bytes;

    return size >= SECTOR_BYTES && size <= PAGE_SIZE && (size & (size - 1)) == 0 &&
           block->sector_count <= UINT64_MAX / SECTOR_BYTES;
}

static enum xenbus_state connected(struct xenbus_device *device)
{
    struct blkfront *front = device->data;

    if (device->state == XenbusStateConnected) {
        /* The disk may have grown. */
        front->block.sector_count = xenbus_read_number(device->backend, BLKIF_NODE_SECTORS, 0);
        return XenbusStateConnected;
    }
    if (!read_disk(front)) {
        xenbus_report(device, "a disk of impossible size");
        return XenbusStateClosing;
    }
    print("blkfront: %s: %u queue%s of %u page%s, %s grants, %s requests\n", front->block.name,
          front->queue_count, front->queue_count > 1 ? "s" : "", 1u << front->ring_order,
          front->ring_order ? "s" : "", front->has_persistent ? "persistent" : "single",
          front->block.segment_limit > BLKIF_MAX_SEGMENTS_PER_REQUEST ? "indirect" : "direct");
    front->is_stopped = false;
    front->is_registered = true;
    block_register(&front->block);
    return XenbusStateConnected;
}

/* ---- the end ---- */

static uint32_t under_way(struct blkfront *front)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < front->queue_count; i++)
        count += blkfront_under_way(&front->queues[i]);
    return count;
}

/* A backend that is only asked to go still answers what it has been asked. */
static void drain(struct blkfront *front)
{
    for (uint32_t i = 0; i < DRAIN_STEPS && under_way(front) && !front->bus->is_broken; i++)
        thread_sleep(DRAIN_STEP_NS);
}

static void disconnect(struct xenbus_device *device, bool is_alive)
{
    struct blkfront *front = device->data;

    front->is_stopped = true;
    if (is_alive)
        drain(front);
    if (front->is_registered) {
        block_unregister(&front->block);
        print("blkfront: %s has gone\n", front->block.name);
    }
    front->is_registered = false;
    for (uint32_t i = 0; i < front->queue_count; i++) {
        blkfront_queue_stop(&front->queues[i]);
        blkfront_queue_close(&front->queues[i]);
    }
    front->queue_count = 0;
}

/* Whoever used the disk may still hold it and hear that it is gone, so it is never given back. */
static void forget(struct xenbus_device *device)
{
    struct blkfront *front = device->data;

    front->bus = NULL;
}

const struct xenbus_driver blkfront_driver = {
    .type = "vbd",
    .probe = probe,
    .negotiate = negotiate,
    .connected = connected,
    .disconnect = disconnect,
    .forget = forget,
};
