/* SPDX-License-Identifier: MIT */
/*
 * The test of a disk: random writes and reads, 1 to 32 under way at a time, each checked.
 *
 * The test owns the first blocks of the disk, of 4 KiB, and keeps in memory which generation of
 * its data each one holds. What is written says sector, generation and seed, so that data of
 * another place or of an earlier time are recognized. No block is in two requests at a time: what
 * the disk does with such is nobody's promise.
 */
#include "devices/block.h"
#include "devices/random.h"
#include "devices/tests.h"
#include "kernel/bottom.h"
#include "kernel/page.h"
#include "kernel/print.h"
#include "kernel/string.h"

#define DEPTH_LIMIT       32u
#define BLOCK_LIMIT       1024u
#define SECTORS_PER_BLOCK ((uint32_t)(PAGE_SIZE / SECTOR_BYTES))
#define WORDS_PER_SECTOR  (SECTOR_BYTES / sizeof(uint64_t))

/* What one request under way works on. */
struct slot {
    struct block_request request;
    uint32_t block, block_count;
    struct slot *next_done;
};

struct block_test {
    struct block_device *device;
    uint64_t random, seed;
    uint32_t block_count;
    uint32_t last_generation;
    uint32_t generations[BLOCK_LIMIT];
    bool is_busy[BLOCK_LIMIT];
    struct slot slots[DEPTH_LIMIT];
    struct slot *free_slots[DEPTH_LIMIT];
    uint32_t free_count;

    struct spinlock done_lock;
    struct slot *done;
    struct semaphore done_count;

    uint32_t under_way;
    uint64_t sectors_written, sectors_read;
    bool has_failed;
};

static struct block_test test;

static void complain(const char *what, uint64_t sector, uint64_t detail)
{
    if (!test.has_failed)
        print("block: FAILED %s: %s, sector %lu (%lx)\n", test.device->name, what, sector, detail);
    test.has_failed = true;
}

/* ---- the data ---- */

static uint64_t pattern(uint64_t sector, uint32_t generation, uint32_t word)
{
    if (word == 0)
        return sector;
    if (word == 1)
        return (uint64_t)generation << 32 | (uint32_t)test.seed;
    uint64_t value = test.seed + sector * 0x9e3779b97f4a7c15UL + generation * 0xff51afd7ed558ccdUL +
                     word * 0xc4ceb9fe1a85ec53UL;

    value ^= value >> 31;
    return value * 0x9fb21c651e98df25UL;
}

/* Walks the sectors of a request's data in order, with the memory each one is in. */
struct walk {
    const struct block_request *request;
    uint32_t segment, at;
};

static uint64_t *walk_next(struct walk *walk)
{
    const struct block_segment *segment = &walk->request->segments[walk->segment];
    char *page = pfn_to_virt(segment->pfn);
    uint64_t *sector = (uint64_t *)(void *)(page + segment->offset + walk->at);

    walk->at += SECTOR_BYTES;
    if (walk->at == segment->bytes) {
        walk->segment++;
        walk->at = 0;
    }
    return sector;
}

static void fill(const struct slot *slot)
{
    struct walk walk = { .request = &slot->request };

    for (uint32_t i = 0; i < slot->block_count * SECTORS_PER_BLOCK; i++) {
        uint64_t *words = walk_next(&walk);
        uint32_t generation = test.generations[slot->block + i / SECTORS_PER_BLOCK];

        for (uint32_t word = 0; word < WORDS_PER_SECTOR; word++)
            words[word] = pattern(slot->request.sector + i, generation, word);
    }
}

static void verify(const struct slot *slot)
{
    struct walk walk = { .request = &slot->request };

    for (uint32_t i = 0; i < slot->block_count * SECTORS_PER_BLOCK; i++) {
        const uint64_t *words = walk_next(&walk);
        uint32_t generation = test.generations[slot->block + i / SECTORS_PER_BLOCK];
        uint64_t sector = slot->request.sector + i;

        if (!generation)
            continue; /* discarded: may hold anything */
        for (uint32_t word = 0; word < WORDS_PER_SECTOR; word++) {
            if (words[word] == pattern(sector, generation, word))
                continue;
            complain(word == 0 ? "data of another place" : "wrong data", sector, words[word]);
            return;
        }
    }
}

/* ---- requests ---- */

static void free_pages(struct block_request *request)
{
    for (uint32_t i = 0; i < request->segment_count; i++)
        page_put(request->segments[i].pfn);
    request->segment_count = 0;
}

/*
 * Memory for so many bytes, in pieces of random length at random places of their pages. False:
 * there is not enough.
 */
static bool make_segments(struct block_request *request, uint64_t bytes)
{
    uint32_t unit = test.device->sector_bytes, limit = test.device->segment_limit;

    request->segment_count = 0;
    while (bytes) {
        uint32_t left = limit - request->segment_count - 1; /* pieces after this one */
        uint64_t least = bytes > left * PAGE_SIZE ? bytes - left * PAGE_SIZE : unit;
        uint64_t most = bytes < PAGE_SIZE ? bytes : PAGE_SIZE;
        uint64_t size = most;

        if (random_below(&test.random, 4) == 0)
            size = least + random_below(&test.random, (most - least) / unit + 1) * unit;
        uint64_t offset = random_below(&test.random, (PAGE_SIZE - size) / unit + 1) * unit;
        uint64_t pfn = page_alloc();

        if (!pfn) {
            free_pages(request);
            return false;
        }
        request->segments[request->segment_count++] =
            (struct block_segment){ pfn, (uint32_t)offset, (uint32_t)size };
        bytes -= size;
    }
    return true;
}

static void request_done(struct block_request *request)
{
    struct slot *slot = request->context;
    bool were_on = spin_lock(&test.done_lock);

    slot->next_done = test.done;
    test.done = slot;
    spin_unlock(&test.done_lock, were_on);
    semaphore_up(&test.done_count);
}

/* Wait for one request to end, and look at what it did. */
static void finish_one(void)
{
    if (!semaphore_down_until(&test.done_count, device_deadline_ns()))
        panic("block: FAILED %s: a request does not end\n", test.device->name);
    bool were_on = spin_lock(&test.done_lock);
    struct slot *slot = test.done;

    test.done = slot->next_done;
    spin_unlock(&test.done_lock, were_on);
    if (slot->request.status != BLOCK_OK)
        complain("a request failed", slot->request.sector, slot->request.operation);
    else if (slot->request.operation == BLOCK_READ)
        verify(slot);
    free_pages(&slot->request);
    for (uint32_t i = 0; i < slot->block_count; i++)
        test.is_busy[slot->block + i] = false;
    test.free_slots[test.free_count++] = slot;
    test.under_way--;
}

static void finish_all(void)
{
    while (test.under_way)
        finish_one();
}

static void submit(struct slot *slot, enum block_operation operation)
{
    struct block_request *request = &slot->request;

    request->operation = operation;
    request->sector = (uint64_t)slot->block * SECTORS_PER_BLOCK;
    request->done = request_done;
    request->context = slot;
    for (uint32_t i = 0; i < slot->block_count; i++) {
        test.is_busy[slot->block + i] = true;
        if (operation == BLOCK_WRITE)
            test.generations[slot->block + i] = ++test.last_generation;
    }
    if (operation == BLOCK_WRITE) {
        fill(slot);
        test.sectors_written += slot->block_count * SECTORS_PER_BLOCK;
    } else {
        test.sectors_read += slot->block_count * SECTORS_PER_BLOCK;
    }
    test.under_way++;
    block_submit(test.device, request);
}

/* A slot with memory for so many blocks; fewer requests are under way where memory is short. */
static struct slot *take_slot(uint32_t block_count, uint32_t depth)
{
    while (test.under_way >= depth)
        finish_one();
    for (;;) {
        struct slot *slot = test.free_slots[test.free_count - 1];

        if (make_segments(&slot->request, (uint64_t)block_count * PAGE_SIZE)) {
            test.free_count--;
            return slot;
        }
        if (!test.under_way)
            panic("block: FAILED %s: no memory for a request\n", test.device->name);
        finish_one();
    }
}

static bool is_free(uint32_t block, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (test.is_busy[block + i])
            return false;
    }
    return true;
}

static void submit_range(uint32_t block, uint32_t count, enum block_operation operation,
                         uint32_t depth)
{
    struct slot *slot = take_slot(count, depth);

    slot->block = block;
    slot->block_count = count;
    while (!is_free(block, count))
        finish_one();
    submit(slot, operation);
}

/* ---- the steps of the test ---- */

static void all_blocks(enum block_operation operation)
{
    uint32_t step = test.device->segment_limit;

    for (uint32_t block = 0; block < test.block_count; block += step) {
        uint32_t left = test.block_count - block;

        submit_range(block, left < step ? left : step, operation, DEPTH_LIMIT);
    }
    finish_all();
}

static void random_requests(uint64_t count, uint32_t depth)
{
    for (uint64_t i = 0; i < count && !test.has_failed; i++) {
        uint32_t longest = test.device->segment_limit;

        if (longest > test.block_count)
            longest = test.block_count;
        uint32_t blocks = 1;

        if (random_below(&test.random, 2))
            blocks += (uint32_t)random_below(&test.random, longest);
        uint32_t block = (uint32_t)random_below(&test.random, test.block_count - blocks + 1);

        submit_range(block, blocks, random_below(&test.random, 2) ? BLOCK_WRITE : BLOCK_READ,
                     depth);
    }
    finish_all();
}

static void flush(void)
{
    struct block_request request = { .operation = BLOCK_FLUSH };

    if (test.device->can_flush && block_do(test.device, &request) != BLOCK_OK)
        complain("flush failed", 0, request.status);
}

/* The middle half of the blocks; afterwards nobody knows what is there, until they are written. */
static void discard(void)
{
    uint32_t first = test.block_count / 4, count = test.block_count / 2;
    struct block_request request = { .operation = BLOCK_DISCARD,
                                     .sector = (uint64_t)first * SECTORS_PER_BLOCK,
                                     .sector_count = (uint64_t)count * SECTORS_PER_BLOCK };

    if (!test.device->can_discard)
        return;
    if (block_do(test.device, &request) != BLOCK_OK)
        complain("discard failed", request.sector, request.status);
    for (uint32_t i = 0; i < count; i++)
        test.generations[first + i] = 0;
    all_blocks(BLOCK_READ);
    all_blocks(BLOCK_WRITE);
    all_blocks(BLOCK_READ);
    print("block: ok %s discard of %u KiB\n", test.device->name, count * 4);
}

/* The last sectors can be written and read, and there is nothing behind them. */
static void end_of_disk(void)
{
    struct block_device *device = test.device;
    struct block_request request = { .operation = BLOCK_WRITE, .segment_count = 1 };
    uint64_t last = device->sector_count - device->sector_bytes / SECTOR_BYTES;

    request.segments[0] = (struct block_segment){ page_alloc(), 0, device->sector_bytes };
    uint64_t *words = pfn_to_virt(request.segments[0].pfn);

    words[0] = pattern(last, 7, 2);
    request.sector = last;
    if (block_do(device, &request) != BLOCK_OK)
        complain("the end cannot be written", last, request.status);
    words[0] = 0;
    request.operation = BLOCK_READ;
    if (block_do(device, &request) != BLOCK_OK || words[0] != pattern(last, 7, 2))
        complain("the end is not what was written", last, words[0]);
    request.sector = device->sector_count;
    if (block_do(device, &request) == BLOCK_OK)
        complain("there is something behind the end", device->sector_count, 0);
    page_put(request.segments[0].pfn);
}

static void prepare(struct block_device *device, uint64_t seed)
{
    test = (struct block_test){ .device = device, .seed = seed, .random = seed | 1 };
    uint64_t blocks = device->sector_count / SECTORS_PER_BLOCK;

    blocks -= blocks != 0; /* the end of the disk has a test of its own */
    test.block_count = blocks < BLOCK_LIMIT ? (uint32_t)blocks : BLOCK_LIMIT;
    for (uint32_t i = 0; i < DEPTH_LIMIT; i++)
        test.free_slots[test.free_count++] = &test.slots[i];
}

static void run_depths(uint64_t requests)
{
    for (uint32_t depth = 1; depth <= DEPTH_LIMIT && !test.has_failed; depth *= 2) {
        test.sectors_written = test.sectors_read = 0;
        random_requests(requests, depth);
        flush();
        if (!test.has_failed)
            print("block: ok %s depth %u: %lu requests, %lu KiB written, %lu KiB read\n",
                  test.device->name, depth, requests, test.sectors_written / 2,
                  test.sectors_read / 2);
    }
}

bool block_test(const char *name, uint64_t requests, uint64_t seed)
{
    struct block_device *device = block_find(name, device_deadline_ns());

    if (!device) {
        print("block: FAILED %s: there is no such disk\n", name ? name : "any disk");
        return false;
    }
    prepare(device, seed);
    if (device->is_read_only || test.block_count < DEPTH_LIMIT) {
        print("block: FAILED %s: read-only or too small\n", device->name);
        return false;
    }
    all_blocks(BLOCK_WRITE);
    all_blocks(BLOCK_READ);
    run_depths(requests);
    discard();
    end_of_disk();
    all_blocks(BLOCK_READ);
    print("block: %s %s: random writes and reads, every block as last written\n",
          test.has_failed ? "FAILED" : "ok", device->name);
    return !test.has_failed;
}
