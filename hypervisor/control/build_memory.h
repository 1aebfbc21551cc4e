/* SPDX-License-Identifier: MIT */
/*
 * The frames of a domain that is being built: which machine frame is behind which page-frame
 * number.
 *
 * Kept as runs of consecutive frames, sorted by pfn. The domain owns the frames from the start;
 * it is not running, so the builder writes them through the direct map.
 */
#ifndef PARAPET_CONTROL_BUILD_MEMORY_H
#define PARAPET_CONTROL_BUILD_MEMORY_H

#include <stdint.h>

#include "domain/domain.h"
#include "lib/compiler.h"
#include "mm/address.h"

struct frame_run {
    uint64_t pfn;
    uint64_t count;
    mfn_t first;
};

struct build_memory {
    struct frame_run *runs;
    uint32_t run_count;
    unsigned runs_order; /* of the memory behind `runs` */
    uint64_t nr_pages;
};

/*
 * build_memory_take - @nr_pages frames for @d, with their M2P entries, as few runs as there can be.
 * Their contents are old. 0 or -ENOMEM; what was taken stays the domain's.
 */
MUST_CHECK int build_memory_take(struct build_memory *memory, struct domain *d, uint64_t nr_pages);

/* The list of runs, not the frames. */
void build_memory_forget(struct build_memory *memory);

/* The frame of @pfn, which is below nr_pages; and its page. */
mfn_t build_memory_mfn(const struct build_memory *memory, uint64_t pfn);
void *build_memory_page(const struct build_memory *memory, uint64_t pfn);

/* Fill @bytes at guest-physical @address, which are within the domain's memory. */
void build_memory_write(const struct build_memory *memory, uint64_t address, const void *from,
                        uint64_t bytes);
void build_memory_clear(const struct build_memory *memory, uint64_t address, uint64_t bytes);

#endif
