/* SPDX-License-Identifier: MIT */
/*
 * Free blocks: a buddy system per zone.
 *
 * Zone 0 is what lies below 16 MiB; zone n the memory that needs exactly 24 + n address bits. A
 * block never crosses zones. frame_lock guards lists, counts, the states of free frames and the
 * chunk map.
 *
 * A chunk (2 MiB) is pristine as long as it is free as a whole and was never given out: then its
 * part of the frame table is whatever memory held before. It is made live when it is first split
 * or given out.
 *
 * What is free is told by a struct chunk for each 2 MiB, struct frame has nothing of it: a bit for
 * each possible block smaller than a chunk (chunk_blocks.c). A zone lists its blocks of whole chunks
 * by their order, and a chunk with smaller free blocks in it by the order of its largest. So a
 * request is served from the chunk that has the least to lose.
 */
#include "mm/frame_alloc.h"

#include "arch/percpu.h"
#include "arch/tlb.h"
#include "lib/assert.h"
#include "lib/barrier.h"
#include "lib/bits.h"
#include "lib/spinlock.h"
#include "lib/string.h"
#include "mm/chunk_blocks.h"
#include "mm/frame_cache.h"
#include "mm/m2p.h"
#include "mm/ram.h"

#define ZONE_BITS_MAX 42u /* DIRECT_MAP_SIZE */
#define ZONES         (ZONE_BITS_MAX - FRAME_ADDRESS_BITS_MIN + 1)
#define ORDERS        (FRAME_ORDER_MAX + 1)
#define CHUNK_FRAMES  (1UL << FRAME_CHUNK_SHIFT)
#define NO_CHUNK      UINT32_MAX

_Static_assert(DIRECT_MAP_SIZE == 1UL << ZONE_BITS_MAX, "the highest zone ends the direct map");
_Static_assert(MAX_MFN < NO_CHUNK, "links are 32 bits wide");
_Static_assert(CHUNK_ORDER == FRAME_CHUNK_SHIFT, "one struct chunk for each byte of the map");

struct zone {
    uint32_t first[ORDERS]; /* chunks, by the order they are listed under */
    uint32_t orders;        /* bit n: there is one of order n */
    uint64_t free_frames;
};

uint64_t frame_count;
uint8_t *frame_chunks;

static struct chunk *chunks;

static struct zone zones[ZONES];
static struct spinlock frame_lock = SPINLOCK_INIT(LOCK_FRAME_ALLOC);
static uint64_t managed_frames;

unsigned frame_zone_of(uint64_t number)
{
    unsigned bits = number ? bit_highest(number) + 1 + PAGE_SHIFT : 0;

    return bits <= FRAME_ADDRESS_BITS_MIN ? 0 : bits - FRAME_ADDRESS_BITS_MIN;
}

static struct frame *frame_at(uint64_t number)
{
    return &frame_table()[number];
}

static uint8_t *chunk_at(uint64_t number)
{
    return &frame_chunks[number >> FRAME_CHUNK_SHIFT];
}

/* Makes every struct frame of a chunk valid: reserved, or free memory of unknown contents. */
static void chunk_make_live(uint64_t number, enum frame_state state)
{
    struct frame *first = frame_at(align_down(number, CHUNK_FRAMES));
    bool is_dirty = state != FRAME_STATE_RESERVED;

    /* A guest that has the M2P's page of ones in its TLB must lose it with the first frame. */
    uint32_t stamp = m2p_chunk_start(frame_to_mfn(first)) ? tlb_stamp_now() : 0;

    memset(first, 0, CHUNK_FRAMES * sizeof(struct frame));
    for (uint64_t i = 0; i < CHUNK_FRAMES; i++) {
        first[i].tlb_stamp = stamp;
        first[i].state = (uint8_t)state;
        first[i].is_dirty = is_dirty;
    }
    /* mfn_valid() is asked without a lock, so the contents come before the mark. */
    barrier_store();
    WRITE_ONCE(*chunk_at(number), FRAME_CHUNK_LIVE);
}

/* ---- the lists ---- */

static struct chunk *chunk_of(uint64_t number)
{
    return &chunks[number >> FRAME_CHUNK_SHIFT];
}

static struct zone *zone_of(uint64_t number)
{
    return &zones[frame_zone_of(number)];
}

static void list_insert(uint64_t number, unsigned order)
{
    struct zone *zone = zone_of(number);
    struct chunk *chunk = chunk_of(number);
    uint32_t index = (uint32_t)(number >> FRAME_CHUNK_SHIFT);

    chunk->listed = (uint8_t)(order + 1);
    chunk->next = zone->first[order];
    chunk->previous = NO_CHUNK;
    if (chunk->next != NO_CHUNK)
        chunks[chunk->next].previous = index;
    zone->first[order] = index;
    zone->orders |= 1u << order;
}

static void list_remove(uint64_t number)
{
    struct zone *zone = zone_of(number);
    struct chunk *chunk = chunk_of(number);
    unsigned order = chunk->listed - 1u;

    if (chunk->next != NO_CHUNK)
        chunks[chunk->next].previous = chunk->previous;
    if (chunk->previous != NO_CHUNK)
        chunks[chunk->previous].next = chunk->next;
    else
        zone->first[order] = chunk->next;
    if (zone->first[order] == NO_CHUNK)
        zone->orders &= ~(1u << order);
    chunk->listed = 0;
}

/* Lists the chunk by its largest block, which may have changed. */
static void list_again(uint64_t number)
{
    struct chunk *chunk = chunk_of(number);
    unsigned wanted = chunk->orders ? bit_highest(chunk->orders) + 1 : 0;

    if (chunk->listed == wanted)
        return;
    if (chunk->listed)
        list_remove(number);
    if (wanted)
        list_insert(number, wanted - 1);
}

/* ---- blocks of whole chunks ---- */

/* Whether a free block of just this order begins at @number, which is aligned to it. */
static bool is_large_block(uint64_t number, unsigned order)
{
    return number + (1UL << order) <= frame_count && chunk_of(number)->listed == order + 1;
}

/* Joins the block with its buddies and lists it. */
static void large_insert(uint64_t number, unsigned order)
{
    while (order < FRAME_ORDER_MAX) {
        uint64_t buddy = number ^ (1UL << order);

        if (zone_of(buddy) != zone_of(number) || !is_large_block(buddy, order))
            break;
        list_remove(buddy);
        number &= ~(1UL << order);
        order++;
    }
    list_insert(number, order);
}

/* Takes the listed block @number of order @at, cut down to @order, which is at least a chunk's. */
static void large_take(uint64_t number, unsigned at, unsigned order)
{
    list_remove(number);
    while (at > order) {
        at--;
        list_insert(number + (1UL << at), at);
    }
}

/* ---- all blocks ---- */

/* The block's frames are marked free already. */
static void block_insert(uint64_t number, unsigned order)
{
    zone_of(number)->free_frames += 1UL << order;
    if (order < CHUNK_ORDER) {
        order = chunk_blocks_insert(chunk_of(number), (unsigned)(number % CHUNK_FRAMES), order);
        list_again(number);
        if (order < CHUNK_ORDER)
            return;
        number = align_down(number, CHUNK_FRAMES);
    }
    large_insert(number, order);
}

/* Takes a block of @order off the zone, splitting a larger one; false if there is none. */
static bool zone_take(struct zone *zone, unsigned order, uint64_t *number)
{
    uint32_t fitting = zone->orders >> order << order;

    if (!fitting)
        return false;
    unsigned at = bit_lowest(fitting);
    *number = (uint64_t)zone->first[at] << FRAME_CHUNK_SHIFT;
    if (at >= CHUNK_ORDER) {
        large_take(*number, at, order > CHUNK_ORDER ? order : CHUNK_ORDER);
        if (order < CHUNK_ORDER) {
            if (*chunk_at(*number) == FRAME_CHUNK_PRISTINE)
                chunk_make_live(*number, FRAME_STATE_FREE);
            chunk_blocks_insert_rest(chunk_of(*number), order);
            list_again(*number);
        }
    } else {
        *number += chunk_blocks_take(chunk_of(*number), order);
        list_again(*number);
    }
    zone->free_frames -= 1UL << order;
    return true;
}

static void chunks_make_live(uint64_t number, unsigned order)
{
    for (uint64_t i = number; i < number + (1UL << order); i += CHUNK_FRAMES) {
        if (*chunk_at(i) == FRAME_CHUNK_PRISTINE)
            chunk_make_live(i, FRAME_STATE_FREE);
    }
}

bool frame_take(unsigned order, unsigned zone_low, unsigned zone_high, enum frame_state state,
                uint64_t *number)
{
    bool is_taken = false;

    spin_lock(&frame_lock);
    for (unsigned zone = zone_high + 1; zone-- > zone_low && !is_taken;)
        is_taken = zone_take(&zones[zone], order, number);
    if (is_taken) {
        chunks_make_live(*number, order);
        for (uint64_t i = 0; i < 1UL << order; i++)
            frame_at(*number + i)->state = (uint8_t)state;
    }
    spin_unlock(&frame_lock);
    return is_taken;
}

void frame_give(uint64_t number, unsigned order)
{
    spin_lock(&frame_lock);
    for (uint64_t i = 0; i < 1UL << order; i++)
        frame_at(number + i)->state = FRAME_STATE_FREE;
    block_insert(number, order);
    spin_unlock(&frame_lock);
}

unsigned frame_zone_highest(void)
{
    return frame_count ? frame_zone_of(frame_count - 1) : 0;
}

/*
 * Whoever had the frames before may have them in a TLB still, and write to what is the
 * hypervisor's or another domain's by then. Frames that nobody ever mapped have stamp 0.
 */
static void flush_old_translations(uint64_t number, unsigned order)
{
    cpu_mask_t stale = 0;

    for (uint64_t i = 0; i < 1UL << order; i++) {
        if (frame_at(number + i)->tlb_stamp)
            stale |= tlb_filter(cpu_mask_online(), frame_at(number + i)->tlb_stamp);
    }
    if (stale)
        tlb_flush_cpus(stale);
}

/* The frames are this CPU's alone now. */
static void prepare(uint64_t number, unsigned order, unsigned flags)
{
    for (uint64_t i = 0; i < 1UL << order; i++) {
        struct frame *frame = frame_at(number + i);

        WRITE_ONCE(frame->state, FRAME_STATE_USED);
        frame->order = 0;
        if (!(flags & FRAME_ALLOC_DIRTY) && frame->is_dirty)
            memset(mfn_to_virt(mfn(number + i)), 0, PAGE_SIZE);
        frame->is_dirty = false;
    }
    frame_at(number)->order = order & FRAME_ORDER_MASK;
}

struct frame *frame_alloc(unsigned order, unsigned address_bits, unsigned flags)
{
    unsigned highest = frame_zone_highest();
    uint64_t number;

    if (order > FRAME_ORDER_MAX || address_bits < FRAME_ADDRESS_BITS_MIN)
        return NULL;
    unsigned zone = address_bits - FRAME_ADDRESS_BITS_MIN;
    if (zone > highest)
        zone = highest;
    bool is_taken = order == 0 && zone == highest && frame_cache_take(&number);
    if (!is_taken)
        is_taken = frame_take(order, 0, zone, FRAME_STATE_USED, &number);
    if (!is_taken && frame_caches_drain())
        is_taken = frame_take(order, 0, zone, FRAME_STATE_USED, &number);
    if (!is_taken)
        return NULL;
    flush_old_translations(number, order);
    prepare(number, order, flags);
    return frame_at(number);
}

void frame_free(struct frame *frame, unsigned order)
{
    uint64_t number = frame_to_mfn(frame).number;

    MUST(order <= FRAME_ORDER_MAX && is_aligned(number, 1UL << order));
    for (uint64_t i = 0; i < 1UL << order; i++) {
        MUST(frame[i].state == FRAME_STATE_USED);
        MUST((atomic_load(&frame[i].count) & (FRAME_COUNT_MASK | FRAME_ALLOCATED)) == 0);
        atomic_store_explicit(&frame[i].count, 0, memory_order_relaxed);
        MUST(atomic_load(&frame[i].type) == 0);
        atomic_store_explicit(&frame[i].owner, 0, memory_order_relaxed);
        frame[i].is_dirty = true;
    }
    if (order > 0 || !frame_cache_give(number))
        frame_give(number, order);
}

/* One aligned block of memory that the allocator did not have. */
static void add_block(uint64_t number, unsigned order)
{
    spin_lock(&frame_lock);
    if (order < FRAME_CHUNK_SHIFT && *chunk_at(number) == FRAME_CHUNK_ABSENT)
        chunk_make_live(number, FRAME_STATE_RESERVED);
    for (uint64_t i = number; i < number + (1UL << order);) {
        if (*chunk_at(i) == FRAME_CHUNK_ABSENT) {
            *chunk_at(i) = FRAME_CHUNK_PRISTINE;
            i += CHUNK_FRAMES;
            continue;
        }
        MUST(frame_at(i)->state == FRAME_STATE_RESERVED);
        frame_at(i)->state = FRAME_STATE_FREE;
        frame_at(i)->is_dirty = true;
        i++;
    }
    block_insert(number, order);
    managed_frames += 1UL << order;
    spin_unlock(&frame_lock);
}

void frame_alloc_add_region(mfn_t first, mfn_t end)
{
    uint64_t number = first.number;

    MUST(first.number <= end.number && end.number <= frame_count);
    while (number < end.number) {
        unsigned order = number ? bit_lowest(number) : FRAME_ORDER_MAX;

        order = order > FRAME_ORDER_MAX ? FRAME_ORDER_MAX : order;
        while (number + (1UL << order) > end.number ||
               frame_zone_of(number) != frame_zone_of(number + (1UL << order) - 1))
            order--;
        add_block(number, order);
        number += 1UL << order;
    }
}

uint64_t frames_free_below(unsigned address_bits)
{
    uint64_t total = 0;

    for (unsigned zone = 0; zone < ZONES && zone + FRAME_ADDRESS_BITS_MIN <= address_bits; zone++)
        total += READ_ONCE(zones[zone].free_frames);
    return total;
}

uint64_t frames_free_total(void)
{
    return frames_free_below(FRAME_ADDRESS_ANY) + frame_caches_count();
}

uint64_t frames_managed_total(void)
{
    return managed_frames;
}

static uint64_t chunks_of(uint64_t frames)
{
    return (frames >> FRAME_CHUNK_SHIFT) + 1;
}

size_t frame_alloc_table_bytes(uint64_t frames)
{
    return chunks_of(frames) * (sizeof(*chunks) + sizeof(*frame_chunks));
}

void frame_alloc_init(uint64_t frames, void *tables)
{
    frame_count = frames;
    chunks = tables;
    frame_chunks = (uint8_t *)&chunks[chunks_of(frames)];
    memset(tables, 0, frame_alloc_table_bytes(frames));
    for (unsigned zone = 0; zone < ZONES; zone++) {
        zones[zone].orders = 0;
        zones[zone].free_frames = 0;
        for (unsigned order = 0; order < ORDERS; order++)
            zones[zone].first[order] = NO_CHUNK;
    }
    managed_frames = 0;
    frame_caches_init();
}

void frame_alloc_fill_m2p(void)
{
    for (uint64_t number = 0; number < frame_count; number += CHUNK_FRAMES) {
        spin_lock(&frame_lock);
        if (*chunk_at(number) != FRAME_CHUNK_LIVE)
            m2p_chunk_fill(mfn(number));
        spin_unlock(&frame_lock);
    }
}

static void check_free(uint64_t number, unsigned order)
{
    for (uint64_t i = 0; i < 1UL << order; i++) {
        if (*chunk_at(number + i) == FRAME_CHUNK_LIVE)
            MUST(frame_at(number + i)->state == FRAME_STATE_FREE);
        else
            MUST(*chunk_at(number + i) == FRAME_CHUNK_PRISTINE && order >= CHUNK_ORDER);
    }
}

/* What is free of a listed chunk, in frames. */
static uint64_t check_chunk(uint64_t number, unsigned order)
{
    if (order >= CHUNK_ORDER) {
        MUST(is_aligned(number, 1UL << order) && !chunk_of(number)->orders);
        check_free(number, order);
        return 1UL << order;
    }

    uint64_t frames = 0;

    MUST(bit_highest(chunk_of(number)->orders) == order);
    for (unsigned i = 0; i < CHUNK_FRAMES; i++) {
        int found = chunk_blocks_check(chunk_of(number), i);

        if (found < 0)
            continue;
        check_free(number + i, (unsigned)found);
        frames += 1UL << found;
    }
    return frames;
}

static uint64_t check_list(unsigned zone, unsigned order)
{
    uint64_t frames = 0;
    uint32_t previous = NO_CHUNK;
    bool has_any = zones[zone].orders & BIT(order);

    MUST(has_any == (zones[zone].first[order] != NO_CHUNK));
    for (uint32_t at = zones[zone].first[order]; at != NO_CHUNK; at = chunks[at].next) {
        uint64_t number = (uint64_t)at << FRAME_CHUNK_SHIFT;

        MUST(chunks[at].listed == order + 1 && chunks[at].previous == previous);
        MUST(frame_zone_of(number) == zone && frame_zone_of(number + (1UL << order) - 1) == zone);
        frames += check_chunk(number, order);
        previous = at;
    }
    return frames;
}

void frame_alloc_check(void)
{
    spin_lock(&frame_lock);
    for (unsigned zone = 0; zone < ZONES; zone++) {
        uint64_t frames = 0;

        for (unsigned order = 0; order < ORDERS; order++)
            frames += check_list(zone, order);
        MUST(frames == zones[zone].free_frames);
    }
    spin_unlock(&frame_lock);
}
