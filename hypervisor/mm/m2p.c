/* SPDX-License-Identifier: MIT */
/*
 * The two mappings of the M2P.
 *
 * Guests' view: where a GiB has RAM, its own tables, whose last-level entries go from absent to
 * the real page, or first to the page of ones and then to the real one; elsewhere tables that
 * are shared and show the page of ones throughout. Entries change by one atomic exchange, so
 * that m2p_fault() on one CPU and m2p_chunk_start() on another need no common lock.
 */
#include "mm/m2p.h"

#include <stdatomic.h>

#include "arch/pte.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/map_tables.h"
#include "mm/ram.h"

#define TABLE_BITS  (PTE_HYPERVISOR_TABLE | PTE_USER)
#define LEAF_BITS   (PTE_HYPERVISOR_READ_ONLY | PTE_USER)
#define ENTRY_BYTES sizeof(uint64_t)
#define CHUNK_BYTES (PAGE_SIZE << FRAME_CHUNK_SHIFT)
/* RAM that a leaf, a large page, or an L2 table of the M2P describes. */
#define RAM_PER_L1 (L2_PAGE_SIZE / ENTRY_BYTES * PAGE_SIZE)
#define RAM_PER_L2 (L3_PAGE_SIZE / ENTRY_BYTES * PAGE_SIZE)

_Static_assert(PAGE_SIZE / ENTRY_BYTES == 1UL << FRAME_CHUNK_SHIFT, "one page per chunk");

static uint64_t *map_root;
static uint64_t ones_leaf;

static uint64_t offset_of(uint64_t ram)
{
    return ram / PAGE_SIZE * ENTRY_BYTES;
}

/* Every entry of a new table is @entry. */
static uint64_t *table_of(uint64_t entry)
{
    uint64_t *table = table_create();

    for (unsigned i = 0; i < PTES_PER_TABLE; i++)
        table[i] = entry;
    return table;
}

static uint64_t table_entry(const uint64_t *table)
{
    return virt_to_maddr(table).value | TABLE_BITS;
}

/* The table for a GiB with RAM at @start: absent where there is RAM, else ones. */
static uint64_t *build_l1(uint64_t start)
{
    uint64_t *l1 = table_of(ones_leaf);

    for (unsigned i = 0; i < PTES_PER_TABLE; i++) {
        uint64_t chunk = start + i * CHUNK_BYTES;
        if (ram_overlaps(chunk, chunk + CHUNK_BYTES))
            l1[i] = 0;
    }
    return l1;
}

static uint64_t *build_l2(uint64_t start, uint64_t shared_entry)
{
    uint64_t *l2 = table_of(shared_entry);

    for (unsigned i = 0; i < PTES_PER_TABLE; i++) {
        uint64_t ram = start + i * RAM_PER_L1;
        if (!ram_overlaps(ram, ram + RAM_PER_L1))
            continue;
        maddr_t page = early_alloc(L2_PAGE_SIZE, L2_PAGE_SIZE, 0);
        MUST(map_leaf(map_root, M2P_WRITE_VIRT + offset_of(ram), page, PTE_HYPERVISOR_DATA, 2) ==
             0);
        l2[i] = table_entry(build_l1(ram));
    }
    return l2;
}

void m2p_build(uint64_t *root)
{
    map_root = root;
    uint64_t *ones = table_of(M2P_INVALID);
    ones_leaf = virt_to_maddr(ones).value | LEAF_BITS;
    uint64_t shared_l1 = table_entry(table_of(ones_leaf));
    uint64_t shared_l2 = table_entry(table_of(shared_l1));
    uint64_t *l3 = table_for(root, M2P_VIRT, 3, TABLE_BITS);

    for (uint64_t offset = 0; offset < M2P_VIRT_END - M2P_VIRT; offset += L3_PAGE_SIZE) {
        uint64_t ram = offset / ENTRY_BYTES * PAGE_SIZE;
        bool has_ram = ram_overlaps(ram, ram + RAM_PER_L2);

        l3[pte_index(3, M2P_VIRT + offset)] =
            has_ram ? table_entry(build_l2(ram, shared_l1)) : shared_l2;
    }
}

static _Atomic uint64_t *leaf_of(uint64_t address)
{
    uint64_t *l1 = table_for(map_root, address, 1, TABLE_BITS);

    return (_Atomic uint64_t *)&l1[pte_index(1, address)];
}

/* The page of the table that describes @frame's chunk, in the hypervisor's mapping. */
static uint64_t *page_of(mfn_t frame)
{
    uint64_t first = align_down(frame.number, 1UL << FRAME_CHUNK_SHIFT);

    return &((uint64_t *)M2P_WRITE_VIRT)[first];
}

mfn_t m2p_backing(mfn_t frame)
{
    unsigned level;
    uint64_t address = M2P_WRITE_VIRT + frame.number * ENTRY_BYTES;
    uint64_t leaf = frame.number < frame_count ? map_walk(map_root, address, &level) : 0;

    return leaf ? maddr_to_mfn(maddr(leaf & PTE_ADDRESS_MASK)) : MFN_INVALID;
}

void m2p_chunk_fill(mfn_t frame)
{
    if (!mfn_equal(m2p_backing(frame), MFN_INVALID))
        memset(page_of(frame), 0xff, PAGE_SIZE);
}

bool m2p_chunk_start(mfn_t frame)
{
    uint64_t offset = (uint64_t)page_of(frame) - M2P_WRITE_VIRT;
    uint64_t target = mfn_to_maddr(m2p_backing(frame)).value + (offset & (L2_PAGE_SIZE - 1));

    m2p_chunk_fill(frame);
    return atomic_exchange(leaf_of(M2P_VIRT + offset), target | LEAF_BITS) != 0;
}

bool m2p_fault(uint64_t address)
{
    uint64_t absent = 0;

    if (address < M2P_VIRT || address >= M2P_VIRT_END)
        return false;
    /* If it fails, the entry is there already, by another CPU's doing. */
    atomic_compare_exchange_strong(leaf_of(address), &absent, ones_leaf);
    return true;
}
