/* SPDX-License-Identifier: MIT */
/*
 * The page tables that a domain starts on, made in memory of the builder's: the frames of the
 * domain are written at once, and unmapped before the hypervisor checks and pins them.
 */
#ifndef PARAPET_TOOLSTACK_BUILDER_PAGE_TABLES_H
#define PARAPET_TOOLSTACK_BUILDER_PAGE_TABLES_H

#include <stdint.h>

#define PAGE_TABLE_ENTRIES    512u
#define PAGE_TABLE_ROOT_SHIFT 39u /* an entry of the root maps 2^39 bytes */

struct layout;

/* Tables of levels 1 to 3 that map [virt, virt + bytes). */
uint64_t page_tables_needed(uint64_t virt, uint64_t bytes);

/*
 * Fill in the tables: @tables has layout->tables.pages zeroed pages, @p2m_tables
 * layout->p2m_tables.pages. @p2m gives the frame of each pfn.
 */
void page_tables_make(const struct layout *layout, const uint64_t *p2m, uint64_t *tables,
                      uint64_t *p2m_tables);

#endif
