/* SPDX-License-Identifier: MIT */
#include "builder/page_tables.h"

#include <stdbool.h>
#include <stddef.h>

#include "builder/layout.h"

#define PAGE_SHIFT  12u
#define TABLE_SHIFT 9u
#define INDEX_MASK  (PAGE_TABLE_ENTRIES - 1)

#define PTE_PRESENT  (1ULL << 0)
#define PTE_WRITE    (1ULL << 1)
#define PTE_USER     (1ULL << 2)
#define PTE_ACCESSED (1ULL << 5)
#define PTE_DIRTY    (1ULL << 6)
#define ENTRY_TABLE  (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED)
#define ENTRY_PAGE   (PTE_PRESENT | PTE_USER | PTE_ACCESSED | PTE_DIRTY)

/* A range of the domain's pfns from which tables are taken in order, and their content. */
struct pool {
    struct layout_piece piece;
    uint64_t *content;
    uint64_t used;
};

struct maker {
    const uint64_t *p2m;
    uint64_t *root;
    struct pool pool;
};

uint64_t page_tables_needed(uint64_t virt, uint64_t bytes)
{
    uint64_t count = 0;

    for (unsigned level = 1; level <= 3; level++) {
        unsigned shift = PAGE_SHIFT + level * TABLE_SHIFT; /* what a table of this level maps */

        count += ((virt + bytes - 1) >> shift) - (virt >> shift) + 1;
    }
    return count;
}

static uint64_t *take_table(struct pool *pool, uint64_t *pfn)
{
    *pfn = pool->piece.pfn + pool->used;
    return pool->content + pool->used++ * PAGE_TABLE_ENTRIES;
}

/* The tables of the address that was mapped last. */
struct walk {
    uint64_t *table[5]; /* by level; [4] is the root */
    uint64_t virt;
    bool is_valid;
};

static unsigned index_of(unsigned level, uint64_t virt)
{
    return (unsigned)(virt >> (PAGE_SHIFT + (level - 1) * TABLE_SHIFT)) & INDEX_MASK;
}

/* Addresses come in rising order, so a table that is left behind is never needed again. */
static uint64_t *walk_to(struct maker *maker, struct walk *walk, uint64_t virt)
{
    walk->table[4] = maker->root;
    for (unsigned level = 4; level > 1; level--) {
        unsigned shift = PAGE_SHIFT + (level - 1) * TABLE_SHIFT;
        uint64_t *entry = &walk->table[level][index_of(level, virt)];
        uint64_t pfn;

        if (walk->is_valid && virt >> shift == walk->virt >> shift)
            continue;
        walk->table[level - 1] = take_table(&maker->pool, &pfn);
        *entry = maker->p2m[pfn] << PAGE_SHIFT | ENTRY_TABLE;
    }
    walk->virt = virt;
    walk->is_valid = true;
    return walk->table[1];
}

static void map_range(struct maker *maker, uint64_t virt, struct layout_piece piece,
                      struct layout_piece read_only)
{
    struct walk walk = { .is_valid = false };

    for (uint64_t i = 0; i < piece.pages; i++, virt += 1u << PAGE_SHIFT) {
        uint64_t pfn = piece.pfn + i;
        bool is_table = pfn - read_only.pfn < read_only.pages;
        uint64_t *table = walk_to(maker, &walk, virt);

        table[index_of(1, virt)] =
            maker->p2m[pfn] << PAGE_SHIFT | ENTRY_PAGE | (is_table ? 0 : PTE_WRITE);
    }
}

void page_tables_make(const struct layout *layout, const uint64_t *p2m, uint64_t *tables,
                      uint64_t *p2m_tables)
{
    struct maker maker = { .p2m = p2m, .pool = { .piece = layout->tables, .content = tables } };
    struct layout_piece mapped = { .pfn = 0, .pages = layout->mapped_pages };
    uint64_t root_pfn;

    maker.root = take_table(&maker.pool, &root_pfn);
    map_range(&maker, layout->virt_base, mapped, layout->tables);
    if (!layout->p2m_is_apart)
        return;
    maker.pool = (struct pool){ .piece = layout->p2m_tables, .content = p2m_tables };
    map_range(&maker, layout->p2m_virt, layout->p2m, (struct layout_piece){ 0, 0 });
}
