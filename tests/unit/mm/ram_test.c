/* SPDX-License-Identifier: MIT */
#include "mm/ram.h"

#include "lib/errno.h"
#include "mm/frame_alloc.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"

#define KIB 1024UL
#define MIB (1024UL * KIB)
#define GIB (1024UL * MIB)

static void expect(unsigned index, uint64_t start, uint64_t end)
{
    unsigned count;
    const struct memory_range *ranges = ram_ranges(&count);

    ck_assert_uint_lt(index, count);
    ck_assert_uint_eq(ranges[index].start, start);
    ck_assert_uint_eq(ranges[index].end, end);
}

TEST(ram, ranges_are_sorted_joined_and_cut_to_pages)
{
    static const struct memory_range ranges[] = {
        { 4 * GIB, 5 * GIB }, { MIB, 2 * MIB },         { 100, 0x9fc00 },
        { 2 * MIB, 3 * MIB }, { 2 * MIB + 5, 4 * MIB }, { 8 * MIB + 1, 8 * MIB + 4096 },
    };
    unsigned count;

    ck_assert_int_eq(ram_init(ranges, 6), 0);
    ram_ranges(&count);
    ck_assert_uint_eq(count, 3);
    expect(0, 0x1000, 0x9f000);
    expect(1, MIB, 4 * MIB);
    expect(2, 4 * GIB, 5 * GIB);
    ck_assert_uint_eq(ram_frames_end(), 5 * GIB / 4096);
    ck_assert_uint_eq(ram_bytes_total(), 0x9e000 + 3 * MIB + GIB);
}

TEST(ram, nonsense_is_survived)
{
    static const struct memory_range ranges[] = {
        { 5 * MIB, 4 * MIB },
        { ~0UL - 10, ~0UL },
        { DIRECT_MAP_SIZE - MIB, ~0UL },
        { 7, 9 },
    };
    unsigned count;

    ck_assert_int_eq(ram_init(ranges, 4), 0);
    ram_ranges(&count);
    ck_assert_uint_eq(count, 1);
    expect(0, DIRECT_MAP_SIZE - MIB, DIRECT_MAP_SIZE);
    ck_assert_int_eq(ram_init(ranges, 2), -ENOMEM);
    ck_assert_int_eq(ram_init(NULL, 0), -ENOMEM);
}

TEST(ram, too_many_ranges_are_refused)
{
    static struct memory_range ranges[RAM_RANGES_MAX + 1];

    for (unsigned i = 0; i <= RAM_RANGES_MAX; i++)
        ranges[i] = (struct memory_range){ (i + 1) * MIB, (i + 1) * MIB + 4096 };
    ck_assert_int_eq(ram_init(ranges, RAM_RANGES_MAX), 0);
    ck_assert_int_eq(ram_init(ranges, RAM_RANGES_MAX + 1), -E2BIG);
}

TEST(ram, contains_frames_and_covers_ranges)
{
    static const struct memory_range ranges[] = { { MIB, 2 * MIB }, { 3 * MIB, 4 * MIB } };

    ck_assert_int_eq(ram_init(ranges, 2), 0);
    ck_assert(ram_contains(mfn(0x100)) && ram_contains(mfn(0x1ff)));
    ck_assert(!ram_contains(mfn(0xff)) && !ram_contains(mfn(0x200)));
    ck_assert(!ram_contains(MFN_INVALID) && !ram_contains(mfn(1UL << 52)));
    ck_assert(ram_covers(MIB, 2 * MIB) && !ram_covers(MIB, 2 * MIB + 1));
    ck_assert(!ram_covers(MIB, 4 * MIB));
    ck_assert(ram_overlaps(2 * MIB - 1, 3 * MIB) && !ram_overlaps(2 * MIB, 3 * MIB));
}

TEST(early_alloc, takes_from_the_top_and_keeps_reservations)
{
    static const struct memory_range range = { MIB, 16 * MIB };

    ck_assert_int_eq(ram_init(&range, 1), 0);
    early_reserve(8 * MIB + 1, 16 * MIB);
    ck_assert_uint_eq(early_alloc(4096, 4096, 0).value, 8 * MIB - 4096);
    ck_assert_uint_eq(early_alloc(1, 4096, 0).value, 8 * MIB - 8192);
    ck_assert_uint_eq(early_alloc(2 * MIB, 2 * MIB, 0).value, 4 * MIB);
    /* What alignment left over is used. */
    ck_assert_uint_eq(early_alloc(4096, 4096, 0).value, 8 * MIB - 3 * 4096);
    ck_assert_uint_eq(early_alloc(4096, 4096, 2 * MIB).value, 2 * MIB - 4096);
}

TEST(early_alloc, a_reservation_in_the_middle_leaves_both_sides)
{
    static const struct memory_range range = { MIB, 4 * MIB };

    ck_assert_int_eq(ram_init(&range, 1), 0);
    early_reserve(2 * MIB, 3 * MIB);
    ck_assert_uint_eq(early_alloc(MIB, 4096, 0).value, 3 * MIB);
    ck_assert_uint_eq(early_alloc(MIB, 4096, 0).value, MIB);
}

TEST_ABORTS(early_alloc, no_memory_fails_the_boot)
{
    static const struct memory_range range = { MIB, 4 * MIB };

    ck_assert_int_eq(ram_init(&range, 1), 0);
    early_alloc(4 * MIB, 4096, 0);
}

TEST(early_alloc, the_rest_goes_to_the_frame_allocator)
{
    static const struct memory_range ranges[] = { { 0, 640 * KIB }, { MIB, 16 * MIB } };
    static uint64_t tables[4096];

    ck_assert_int_eq(ram_init(ranges, 2), 0);
    ck_assert(early_alloc_is_open());
    early_reserve(MIB, 2 * MIB);
    early_alloc(MIB, 4096, 0);
    ck_assert_uint_lt(frame_alloc_table_bytes(ram_frames_end()), sizeof(tables));
    frame_alloc_init(ram_frames_end(), tables);
    early_alloc_finish();
    ck_assert(!early_alloc_is_open());
    /* Nothing below 1 MiB, nothing of what was taken. */
    ck_assert_uint_eq(frames_free_total(), 13 * MIB / 4096);
    frame_alloc_check();
}
