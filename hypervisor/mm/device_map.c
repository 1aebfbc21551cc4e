/* SPDX-License-Identifier: MIT */
/*
 * Device registers and firmware tables in slot 261.
 *
 * Addresses are handed out upward and never come back. What was mapped before is found again, so
 * reading the same firmware tables twice costs nothing. Ranges of 2 MiB and more are placed
 * so that they can be mapped by large pages.
 */
#include "arch/pte.h"
#include "lib/bits.h"
#include "lib/checked_math.h"
#include "lib/spinlock.h"
#include "mm/hypervisor_map.h"
#include "mm/map_tables.h"

#define REMEMBERED_MAX 64u

struct device_mapping {
    uint64_t start; /* machine address, page-aligned */
    uint64_t bytes;
    uint64_t address;
    enum map_cache cache;
};

static struct device_mapping remembered[REMEMBERED_MAX];
static unsigned remembered_count;
static uint64_t next_address = DEVICE_MAP_VIRT;
static struct spinlock device_lock = SPINLOCK_INIT(LOCK_DEVICE_MAP);

static uint64_t find_remembered(uint64_t start, uint64_t bytes, enum map_cache cache)
{
    for (unsigned i = 0; i < remembered_count; i++) {
        const struct device_mapping *known = &remembered[i];

        if (known->cache == cache && start >= known->start &&
            range_fits(start - known->start, bytes, known->bytes))
            return known->address + (start - known->start);
    }
    return 0;
}

static void remember(uint64_t start, uint64_t bytes, uint64_t address, enum map_cache cache)
{
    if (remembered_count < REMEMBERED_MAX)
        remembered[remembered_count++] = (struct device_mapping){ start, bytes, address, cache };
}

/* Reserves addresses for the range; 0 if there are none left. */
static uint64_t take_addresses(uint64_t start, uint64_t bytes)
{
    uint64_t address = next_address;

    if (bytes >= L2_PAGE_SIZE)
        address = align_up(address, L2_PAGE_SIZE) + (start & (L2_PAGE_SIZE - 1));
    if (!range_fits(address - DEVICE_MAP_VIRT, bytes, DEVICE_MAP_SIZE))
        return 0;
    next_address = address + bytes;
    return address;
}

static uint64_t map_new(uint64_t start, uint64_t bytes, enum map_cache cache)
{
    uint64_t bits = PTE_HYPERVISOR_DATA | (cache == MAP_UNCACHED ? PTE_CACHE_UNCACHED : 0);
    uint64_t address = take_addresses(start, bytes);

    if (!address ||
        map_range(maddr_to_virt(hypervisor_root), address, maddr(start), bytes, bits, 2) != 0)
        return 0;
    remember(start, bytes, address, cache);
    return address;
}

void *map_device(maddr_t address, size_t bytes, enum map_cache cache)
{
    uint64_t start = align_down(address.value, PAGE_SIZE);
    uint64_t end;

    if (!bytes || !checked_add(address.value, bytes, &end) || end > PTE_ADDRESS_MASK)
        return NULL;
    end = align_up(end, PAGE_SIZE);

    spin_lock(&device_lock);
    uint64_t mapped = find_remembered(start, end - start, cache);
    if (!mapped)
        mapped = map_new(start, end - start, cache);
    spin_unlock(&device_lock);
    return mapped ? (void *)(mapped + (address.value - start)) : NULL;
}
