/* SPDX-License-Identifier: MIT */
/*
 * Page tables of the hypervisor's own half: making entries, and the tables on the way to them.
 *
 * Tables come from early_alloc() while that is open, else from the frame allocator. All calls
 * after boot are made under LOCK_DEVICE_MAP.
 */
#ifndef PARAPET_MM_MAP_TABLES_H
#define PARAPET_MM_MAP_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/compiler.h"
#include "mm/address.h"

/* A cleared page for a table, in the direct map; NULL only after boot, when memory is short. */
MUST_CHECK uint64_t *table_create(void);

/*
 * The table of @level (1 to 3) on the way to @address under @root, created with what is missing
 * above it. @table_bits go into entries made on the way. NULL: no memory. A large page in the
 * way is a bug.
 */
MUST_CHECK uint64_t *table_for(uint64_t *root, uint64_t address, unsigned level,
                               uint64_t table_bits);

/* One leaf of pte_span(@level) bytes. 0 or -ENOMEM. The entry must be absent. */
MUST_CHECK int map_leaf(uint64_t *root, uint64_t address, maddr_t target, uint64_t bits,
                        unsigned level);

/* [@address, + @bytes) onto @target, in the largest pages up to @level_max that fit. */
MUST_CHECK int map_range(uint64_t *root, uint64_t address, maddr_t target, uint64_t bytes,
                         uint64_t bits, unsigned level_max);

/* The leaf that maps @address, its level in *@level; 0 if it is not mapped. */
uint64_t map_walk(const uint64_t *root, uint64_t address, unsigned *level);

#endif
