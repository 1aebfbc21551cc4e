/* SPDX-License-Identifier: MIT */
#include "mm/map_tables.h"

#include "arch/pte.h"
#include "lib/assert.h"
#include "lib/barrier.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "mm/ram.h"

#define LEVELS      4u
#define EARLY_LIMIT 0x100000000UL /* what boot/head.S maps at DIRECT_MAP_VIRT */

uint64_t *table_create(void)
{
    if (!early_alloc_is_open())
        return page_alloc();
    uint64_t *table = maddr_to_virt(early_alloc(PAGE_SIZE, PAGE_SIZE, EARLY_LIMIT));
    memset(table, 0, PAGE_SIZE);
    return table;
}

uint64_t *table_for(uint64_t *root, uint64_t address, unsigned level, uint64_t table_bits)
{
    uint64_t *table = root;

    for (unsigned at = LEVELS; at > level; at--) {
        uint64_t *entry = &table[pte_index(at, address)];

        if (!*entry) {
            uint64_t *created = table_create();
            if (!created)
                return NULL;
            WRITE_ONCE(*entry, virt_to_maddr(created).value | table_bits);
        }
        MUST((*entry & PTE_PRESENT) && !(at < LEVELS && *entry & PTE_LARGE));
        table = maddr_to_virt(maddr(*entry & PTE_ADDRESS_MASK));
    }
    return table;
}

int map_leaf(uint64_t *root, uint64_t address, maddr_t target, uint64_t bits, unsigned level)
{
    uint64_t table_bits = PTE_HYPERVISOR_TABLE | (bits & PTE_USER);
    uint64_t *table = table_for(root, address, level, table_bits);

    if (!table)
        return -ENOMEM;
    uint64_t *entry = &table[pte_index(level, address)];
    MUST(!*entry);
    WRITE_ONCE(*entry, target.value | bits | (level > 1 ? PTE_LARGE : 0));
    return 0;
}

int map_range(uint64_t *root, uint64_t address, maddr_t target, uint64_t bytes, uint64_t bits,
              unsigned level_max)
{
    while (bytes) {
        unsigned level = level_max;

        while (level > 1 &&
               (bytes < pte_span(level) || !is_aligned(address | target.value, pte_span(level))))
            level--;
        int result = map_leaf(root, address, target, bits, level);
        if (result)
            return result;
        address += pte_span(level);
        target = maddr(target.value + pte_span(level));
        bytes -= pte_span(level);
    }
    return 0;
}

uint64_t map_walk(const uint64_t *root, uint64_t address, unsigned *level)
{
    const uint64_t *table = root;

    for (*level = LEVELS;; (*level)--) {
        uint64_t entry = table[pte_index(*level, address)];

        if (!(entry & PTE_PRESENT) || *level == 1 || (*level < LEVELS && entry & PTE_LARGE))
            return entry & PTE_PRESENT ? entry : 0;
        table = maddr_to_virt(maddr(entry & PTE_ADDRESS_MASK));
    }
}
