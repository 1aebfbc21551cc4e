/* SPDX-License-Identifier: MIT */
#include "devices/block.h"

#include "kernel/bottom.h"
#include "kernel/print.h"
#include "kernel/string.h"

static struct spinlock list_lock; /* guards the list of devices */
static struct block_device *devices;

#define LOOK_AGAIN_NS 1000000UL

static void print_device(const struct block_device *device)
{
    print("block: %s: %lu sectors of %u bytes, depth %u, %u segments%s%s%s\n", device->name,
          device->sector_count * SECTOR_BYTES / device->sector_bytes, device->sector_bytes,
          device->depth, device->segment_limit, device->can_flush ? ", flush" : "",
          device->can_discard ? ", discard" : "", device->is_read_only ? ", read-only" : "");
}

void block_register(struct block_device *device)
{
    device->waiting = NULL;
    device->waiting_tail = &device->waiting;
    device->started = 0;
    device->is_gone = false;
    print_device(device);
    bool were_on = spin_lock(&list_lock);

    device->next = devices;
    devices = device;
    spin_unlock(&list_lock, were_on);
}

static void fail_all(struct block_request *request)
{
    while (request) {
        struct block_request *next = request->next;

        request->status = BLOCK_ERROR;
        request->done(request);
        request = next;
    }
}

void block_unregister(struct block_device *device)
{
    bool were_on = spin_lock(&list_lock);

    for (struct block_device **link = &devices; *link; link = &(*link)->next) {
        if (*link == device) {
            *link = device->next;
            break;
        }
    }
    spin_unlock(&list_lock, were_on);
    were_on = spin_lock(&device->lock);
    struct block_request *request = device->waiting;

    device->is_gone = true;
    device->waiting = NULL;
    device->waiting_tail = &device->waiting;
    spin_unlock(&device->lock, were_on);
    fail_all(request);
}

static struct block_device *find_now(const char *name)
{
    bool were_on = spin_lock(&list_lock);
    struct block_device *device = devices;

    while (device && name && strcmp(device->name, name))
        device = device->next;
    spin_unlock(&list_lock, were_on);
    return device;
}

struct block_device *block_find(const char *name, uint64_t deadline_ns)
{
    for (;;) {
        struct block_device *device = find_now(name);

        if (device || bottom_clock_ns() >= deadline_ns)
            return device;
        thread_sleep(LOOK_AGAIN_NS);
    }
}

/* Whole sectors inside the device, in as many pieces as it takes. */
static bool is_possible(const struct block_device *device, const struct block_request *request)
{
    uint64_t count = request->sector_count;
    uint64_t unit = device->sector_bytes / SECTOR_BYTES;

    if (request->operation == BLOCK_FLUSH)
        return device->can_flush;
    if (device->is_read_only && request->operation != BLOCK_READ)
        return false;
    if (request->operation == BLOCK_DISCARD && !device->can_discard)
        return false;
    if (request->operation != BLOCK_DISCARD) {
        if (!request->segment_count || request->segment_count > device->segment_limit)
            return false;
        for (uint32_t i = 0; i < request->segment_count; i++) {
            const struct block_segment *segment = &request->segments[i];

            if (!segment->bytes || segment->bytes % device->sector_bytes ||
                segment->offset % device->sector_bytes ||
                segment->offset + segment->bytes > PAGE_SIZE)
                return false;
        }
        count = block_request_bytes(request) / SECTOR_BYTES;
    }
    return count && request->sector % unit == 0 && request->sector < device->sector_count &&
           count <= device->sector_count - request->sector;
}

/* With the device's lock held. Answers those that were refused, to be failed without the lock. */
static struct block_request *start_waiting(struct block_device *device)
{
    struct block_request *refused = NULL;
    bool has_started = false;

    while (device->waiting && device->started < device->depth) {
        struct block_request *request = device->waiting;
        enum block_start result = device->driver->start(device, request);

        if (result == BLOCK_BUSY)
            break;
        device->waiting = request->next;
        if (!device->waiting)
            device->waiting_tail = &device->waiting;
        if (result == BLOCK_STARTED) {
            device->started++;
            has_started = true;
        } else {
            request->next = refused;
            refused = request;
        }
    }
    if (has_started)
        device->driver->kick(device);
    return refused;
}

void block_submit(struct block_device *device, struct block_request *request)
{
    struct block_request *refused = request;
    bool can_be_done = is_possible(device, request);
    bool were_on = spin_lock(&device->lock);

    request->next = NULL;
    if (can_be_done && !device->is_gone) {
        *device->waiting_tail = request;
        device->waiting_tail = &request->next;
        refused = start_waiting(device);
    }
    spin_unlock(&device->lock, were_on);
    fail_all(refused);
}

void block_complete(struct block_device *device, struct block_request *request,
                    enum block_status status)
{
    bool were_on = spin_lock(&device->lock);

    device->started--;
    spin_unlock(&device->lock, were_on);
    request->status = status;
    request->done(request);
}

void block_restart(struct block_device *device)
{
    struct block_request *refused = NULL;
    bool were_on = spin_lock(&device->lock);

    if (!device->is_gone)
        refused = start_waiting(device);
    spin_unlock(&device->lock, were_on);
    fail_all(refused);
}

static void wake_submitter(struct block_request *request)
{
    semaphore_up(request->context);
}

enum block_status block_do(struct block_device *device, struct block_request *request)
{
    struct semaphore is_done = { .count = 0 };

    request->done = wake_submitter;
    request->context = &is_done;
    block_submit(device, request);
    semaphore_down(&is_done);
    return request->status;
}
