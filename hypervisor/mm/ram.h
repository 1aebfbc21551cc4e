/* SPDX-License-Identifier: MIT */
/*
 * Which machine memory is RAM, and the allocator that is used until the frame allocator is up.
 *
 * boot/ hands over the firmware's RAM ranges and takes out of them what is in use (first MiB,
 * image, modules). Single CPU, no lock. early_alloc() takes from what is left and never gives
 * back; early_alloc_finish() hands the rest to the frame allocator.
 */
#ifndef PARAPET_MM_RAM_H
#define PARAPET_MM_RAM_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/compiler.h"
#include "mm/address.h"

/* Machine addresses, [start, end). */
struct memory_range {
    uint64_t start;
    uint64_t end;
};

#define RAM_RANGES_MAX 128u

/*
 * The firmware's RAM in any order. Ranges are sorted, joined, cut inward to whole pages and to
 * what the direct map can reach; -ENOMEM if none is left, -E2BIG if they are too many.
 */
MUST_CHECK int ram_init(const struct memory_range *ranges, unsigned count);

/* The sorted ranges; *@count of them. */
const struct memory_range *ram_ranges(unsigned *count);

/* Highest RAM frame + 1. */
uint64_t ram_frames_end(void);
uint64_t ram_bytes_total(void);

/* Whether [start, end) has any RAM in it, or lies wholly in one range of RAM. */
bool ram_overlaps(uint64_t start, uint64_t end);
bool ram_covers(uint64_t start, uint64_t end);

/* Whether the frame is RAM by the firmware's map: then no domain may map it as I/O memory. */
bool ram_contains(mfn_t frame);

/* Takes [start, end) out of what early_alloc() gives; before its first use. */
void early_reserve(uint64_t start, uint64_t end);

/*
 * @bytes (rounded up to pages) of RAM below @below (0: anywhere), aligned. Not cleared. Taken from
 * the top of the highest range that fits. No memory is a boot failure.
 */
maddr_t early_alloc(uint64_t bytes, uint64_t alignment, uint64_t below);

/* False before ram_init() and after early_alloc_finish(). */
bool early_alloc_is_open(void);

/*
 * The rest goes to frame_alloc_add_region(); early_alloc() may not be used afterwards. What lies
 * below 1 MiB stays reserved for good: the control domain may write there.
 */
void early_alloc_finish(void);

#endif
