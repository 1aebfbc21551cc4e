/* SPDX-License-Identifier: MIT */
/*
 * Which frames are cached: those nobody needs for their low address. Below 4 GiB that is
 * nothing if there is memory above, else all but the lowest 16 MiB.
 */
#include "mm/frame_cache.h"

#include "arch/percpu.h"
#include "lib/barrier.h"
#include "lib/spinlock.h"
#include "mm/frame_alloc.h"

#define CACHE_FRAMES 32u
#define CACHE_BATCH  16u
#define ZONE_4_GIB   (32u - FRAME_ADDRESS_BITS_MIN) /* the last one below 4 GiB */

struct frame_cache {
    struct spinlock lock;
    _Atomic uint32_t count;
    uint32_t numbers[CACHE_FRAMES];
} ALIGNED(64);

static struct frame_cache caches[MAX_CPUS];

static unsigned cached_zone_lowest(void)
{
    return frame_zone_highest() > ZONE_4_GIB ? ZONE_4_GIB + 1 : 1;
}

void frame_caches_init(void)
{
    for (unsigned i = 0; i < MAX_CPUS; i++) {
        spin_init(&caches[i].lock, LOCK_FRAME_CACHE);
        caches[i].count = 0;
    }
}

static void set_count(struct frame_cache *cache, uint32_t count)
{
    atomic_store_explicit(&cache->count, count, memory_order_relaxed);
}

static uint32_t get_count(struct frame_cache *cache)
{
    return atomic_load_explicit(&cache->count, memory_order_relaxed);
}

static void fill(struct frame_cache *cache)
{
    unsigned lowest = cached_zone_lowest(), highest = frame_zone_highest();
    uint64_t number;

    while (get_count(cache) < CACHE_BATCH &&
           frame_take(0, lowest, highest, FRAME_STATE_CACHED, &number)) {
        cache->numbers[get_count(cache)] = (uint32_t)number;
        set_count(cache, get_count(cache) + 1);
    }
}

static uint64_t pop(struct frame_cache *cache)
{
    set_count(cache, get_count(cache) - 1);
    return cache->numbers[get_count(cache)];
}

bool frame_cache_take(uint64_t *number)
{
    struct frame_cache *cache = &caches[this_cpu()->id];

    spin_lock(&cache->lock);
    if (!get_count(cache))
        fill(cache);
    bool is_taken = get_count(cache) > 0;
    if (is_taken)
        *number = pop(cache);
    spin_unlock(&cache->lock);
    return is_taken;
}

bool frame_cache_give(uint64_t number)
{
    struct frame_cache *cache = &caches[this_cpu()->id];

    if (frame_zone_of(number) < cached_zone_lowest())
        return false;
    spin_lock(&cache->lock);
    if (get_count(cache) == CACHE_FRAMES) {
        while (get_count(cache) > CACHE_FRAMES - CACHE_BATCH)
            frame_give(pop(cache), 0);
    }
    WRITE_ONCE(mfn_to_frame(mfn(number))->state, FRAME_STATE_CACHED);
    cache->numbers[get_count(cache)] = (uint32_t)number;
    set_count(cache, get_count(cache) + 1);
    spin_unlock(&cache->lock);
    return true;
}

bool frame_caches_drain(void)
{
    bool is_any = false;

    for (unsigned i = 0; i < MAX_CPUS; i++) {
        spin_lock(&caches[i].lock);
        while (get_count(&caches[i])) {
            frame_give(pop(&caches[i]), 0);
            is_any = true;
        }
        spin_unlock(&caches[i].lock);
    }
    return is_any;
}

uint64_t frame_caches_count(void)
{
    uint64_t total = 0;

    for (unsigned i = 0; i < MAX_CPUS; i++)
        total += get_count(&caches[i]);
    return total;
}
