/* SPDX-License-Identifier: MIT */
/*
 * Two lists of ranges: what is RAM, which never changes again, and what of it is still free.
 * Both are sorted and disjoint, and all of their bounds are page borders.
 */
#include "mm/ram.h"

#include <stddef.h>

#include "console/panic.h"
#include "lib/assert.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/frame_alloc.h"

#define FREE_RANGES_MAX (2 * RAM_RANGES_MAX)

static struct memory_range ram[RAM_RANGES_MAX];
static unsigned ram_count;
static struct memory_range free_ranges[FREE_RANGES_MAX];
static unsigned free_count;
static bool is_open;

static void remove_range(struct memory_range *ranges, unsigned *count, unsigned index)
{
    (*count)--;
    for (unsigned i = index; i < *count; i++)
        ranges[i] = ranges[i + 1];
}

static void insert_range(struct memory_range *ranges, unsigned *count, unsigned index,
                         struct memory_range range)
{
    for (unsigned i = *count; i > index; i--)
        ranges[i] = ranges[i - 1];
    ranges[index] = range;
    (*count)++;
}

/* Adds one range, joined with those it touches; false if the list is full. */
static bool add_ram(struct memory_range range)
{
    unsigned i = 0;

    while (i < ram_count && ram[i].end < range.start)
        i++;
    while (i < ram_count && ram[i].start <= range.end) {
        range.start = ram[i].start < range.start ? ram[i].start : range.start;
        range.end = ram[i].end > range.end ? ram[i].end : range.end;
        remove_range(ram, &ram_count, i);
    }
    if (ram_count == RAM_RANGES_MAX)
        return false;
    insert_range(ram, &ram_count, i, range);
    return true;
}

int ram_init(const struct memory_range *ranges, unsigned count)
{
    ram_count = 0;
    for (unsigned i = 0; i < count; i++) {
        struct memory_range range = ranges[i];

        if (range.start >= DIRECT_MAP_SIZE)
            continue;
        range.start = align_up(range.start, PAGE_SIZE);
        range.end = range.end > DIRECT_MAP_SIZE ? DIRECT_MAP_SIZE : range.end;
        range.end = align_down(range.end, PAGE_SIZE);
        if (range.start < range.end && !add_ram(range))
            return -E2BIG;
    }
    if (!ram_count)
        return -ENOMEM;
    for (unsigned i = 0; i < ram_count; i++)
        free_ranges[i] = ram[i];
    free_count = ram_count;
    is_open = true;
    return 0;
}

const struct memory_range *ram_ranges(unsigned *count)
{
    *count = ram_count;
    return ram;
}

uint64_t ram_frames_end(void)
{
    return ram_count ? ram[ram_count - 1].end >> PAGE_SHIFT : 0;
}

uint64_t ram_bytes_total(void)
{
    uint64_t total = 0;

    for (unsigned i = 0; i < ram_count; i++)
        total += ram[i].end - ram[i].start;
    return total;
}

bool ram_overlaps(uint64_t start, uint64_t end)
{
    for (unsigned i = 0; i < ram_count; i++) {
        if (ram[i].start < end && start < ram[i].end)
            return true;
    }
    return false;
}

bool ram_covers(uint64_t start, uint64_t end)
{
    for (unsigned i = 0; i < ram_count; i++) {
        if (ram[i].start <= start && end <= ram[i].end)
            return true;
    }
    return false;
}

bool ram_contains(mfn_t frame)
{
    return frame.number < MAX_MFN &&
           ram_covers(mfn_to_maddr(frame).value, mfn_to_maddr(frame).value + PAGE_SIZE);
}

/* Takes [start, end) out of free range @i; true if the range is still there, now behind it. */
static bool cut_free(unsigned i, uint64_t start, uint64_t end)
{
    struct memory_range *range = &free_ranges[i];
    struct memory_range above = { end, range->end };

    if (start <= range->start && end >= range->end) {
        remove_range(free_ranges, &free_count, i);
        return false;
    }
    if (start <= range->start) {
        range->start = end;
    } else {
        range->end = start;
        if (end < above.end) {
            MUST(free_count < FREE_RANGES_MAX);
            insert_range(free_ranges, &free_count, i + 1, above);
        }
    }
    return true;
}

void early_reserve(uint64_t start, uint64_t end)
{
    start = align_down(start, PAGE_SIZE);
    end = align_up(end, PAGE_SIZE);
    for (unsigned i = 0; i < free_count;) {
        bool overlaps = free_ranges[i].start < end && start < free_ranges[i].end;

        if (!overlaps || cut_free(i, start, end))
            i++;
    }
}

bool early_alloc_is_open(void)
{
    return is_open;
}

maddr_t early_alloc(uint64_t bytes, uint64_t alignment, uint64_t below)
{
    MUST(is_open);
    bytes = align_up(bytes, PAGE_SIZE);
    for (unsigned i = free_count; i-- > 0;) {
        const struct memory_range *range = &free_ranges[i];
        uint64_t top = below && below < range->end ? below : range->end;

        if (top <= range->start || top - range->start < bytes)
            continue;
        uint64_t start = align_down(top - bytes, alignment);
        if (start >= range->start) {
            cut_free(i, start, start + bytes);
            return maddr(start);
        }
    }
    boot_failure("not enough memory: no room for %lu KiB (aligned to %lu KiB); stopping",
                 bytes >> 10, alignment >> 10);
}

void early_alloc_finish(void)
{
    is_open = false;
    for (unsigned i = 0; i < free_count; i++) {
        uint64_t start =
            free_ranges[i].start > LOW_MEMORY_END ? free_ranges[i].start : LOW_MEMORY_END;

        if (start < free_ranges[i].end)
            frame_alloc_add_region(maddr_to_mfn(maddr(start)),
                                   maddr_to_mfn(maddr(free_ranges[i].end)));
    }
    free_count = 0;
}
