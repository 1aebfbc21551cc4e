/* SPDX-License-Identifier: MIT */
/*
 * Builds the page tables that a domain starts on.
 *
 * Tables are taken in order from a range of the domain's frames when an address first needs
 * them, so the range is exactly used up. Everything is mapped writable but the tables, which
 * a guest may only read.
 */
#include "control/build_tables.h"

#include "arch/pte.h"
#include "lib/assert.h"

#define ENTRY_TABLE (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED)
#define ENTRY_PAGE  (PTE_PRESENT | PTE_USER | PTE_ACCESSED | PTE_DIRTY)

struct table_builder {
    const struct build_memory *memory;
    uint64_t l4_pfn;
    uint64_t next_pfn; /* the table to be used next */
    uint64_t end_pfn;
};

static uint64_t take_table(struct table_builder *builder)
{
    MUST(builder->next_pfn < builder->end_pfn);
    build_memory_clear(builder->memory, builder->next_pfn << PAGE_SHIFT, PAGE_SIZE);
    return builder->next_pfn++;
}

static uint64_t entry_for(const struct table_builder *builder, uint64_t pfn, uint64_t flags)
{
    return mfn_to_maddr(build_memory_mfn(builder->memory, pfn)).value | flags;
}

/* The table that the entry of @virt in @table refers to. */
static uint64_t *next_table(struct table_builder *builder, uint64_t *table, unsigned level,
                            uint64_t virt)
{
    uint64_t *entry = &table[pte_index(level, virt)];

    if (!(*entry & PTE_PRESENT))
        *entry = entry_for(builder, take_table(builder), ENTRY_TABLE);
    return maddr_to_virt(maddr(*entry & PTE_ADDRESS_MASK));
}

static void map_page(struct table_builder *builder, uint64_t virt, uint64_t pfn, uint64_t flags)
{
    uint64_t *table = build_memory_page(builder->memory, builder->l4_pfn);

    for (unsigned level = 4; level > 1; level--)
        table = next_table(builder, table, level, virt);
    table[pte_index(1, virt)] = entry_for(builder, pfn, ENTRY_PAGE | flags);
}

static bool piece_has(struct layout_piece piece, uint64_t pfn)
{
    return pfn >= piece.pfn && pfn - piece.pfn < piece.pages;
}

void build_tables(const struct build_memory *memory, const struct domain_layout *layout)
{
    struct table_builder builder = { .memory = memory,
                                     .next_pfn = layout->tables.pfn,
                                     .end_pfn = layout->tables.pfn + layout->tables.pages };

    builder.l4_pfn = take_table(&builder);
    for (uint64_t pfn = 0; pfn < layout->mapped_pages; pfn++)
        map_page(&builder, layout->virt_base + (pfn << PAGE_SHIFT), pfn,
                 piece_has(layout->tables, pfn) ? 0 : PTE_WRITE);
    if (!layout->p2m_is_apart)
        return;

    builder.next_pfn = layout->p2m_tables.pfn;
    builder.end_pfn = layout->p2m_tables.pfn + layout->p2m_tables.pages;
    for (uint64_t i = 0; i < layout->p2m.pages; i++)
        map_page(&builder, layout->p2m_virt + (i << PAGE_SHIFT), layout->p2m.pfn + i, PTE_WRITE);
}
