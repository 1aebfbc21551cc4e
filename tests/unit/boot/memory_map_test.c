/* SPDX-License-Identifier: MIT */
/* Firmware's memory maps: unsorted, overlapping, contradictory; what comes out is none of it. */
#include <stdlib.h>

#include "arch/memory_map.h"
#include "support/unit.h"

static struct memory_map map;

static void expect_range(unsigned index, uint64_t start, uint64_t end, uint32_t type)
{
    ck_assert_uint_lt(index, map.count);
    ck_assert_uint_eq(map.ranges[index].start, start);
    ck_assert_uint_eq(map.ranges[index].end, end);
    ck_assert_uint_eq(map.ranges[index].type, type);
}

TEST(memory_map, sorts_and_joins)
{
    static const struct memory_map_range ranges[] = {
        { 0x3000, 0x4000, MEMORY_RAM },
        { 0x0000, 0x1000, MEMORY_RAM },
        { 0x1000, 0x2000, MEMORY_RAM },
        { 0x2000, 0x3000, MEMORY_RESERVED },
    };

    ck_assert(memory_map_build(&map, ranges, 4));
    ck_assert_uint_eq(map.count, 3);
    expect_range(0, 0x0000, 0x2000, MEMORY_RAM);
    expect_range(1, 0x2000, 0x3000, MEMORY_RESERVED);
    expect_range(2, 0x3000, 0x4000, MEMORY_RAM);
}

TEST(memory_map, lets_ram_lose_every_argument)
{
    static const struct memory_map_range ranges[] = {
        { 0x0000, 0x9000, MEMORY_RAM },
        { 0x2000, 0x5000, MEMORY_ACPI_NVS },
        { 0x4000, 0x6000, MEMORY_RESERVED },
        { 0x8000, 0x8000, MEMORY_UNUSABLE }, /* no length, no claim */
    };

    ck_assert(memory_map_build(&map, ranges, 4));
    ck_assert_uint_eq(map.count, 4);
    expect_range(0, 0x0000, 0x2000, MEMORY_RAM);
    expect_range(1, 0x2000, 0x5000, MEMORY_ACPI_NVS);
    expect_range(2, 0x5000, 0x6000, MEMORY_RESERVED);
    expect_range(3, 0x6000, 0x9000, MEMORY_RAM);
}

TEST(memory_map, takes_unknown_types_as_reserved)
{
    static const struct memory_map_range ranges[] = {
        { 0x0000, 0x1000, 0 },
        { 0x1000, 0x2000, 7 },
        { 0x2000, 0x3000, 0xffffffff },
    };

    ck_assert(memory_map_build(&map, ranges, 3));
    ck_assert_uint_eq(map.count, 1);
    expect_range(0, 0, 0x3000, MEMORY_RESERVED);
}

TEST(memory_map, cuts_what_no_address_reaches)
{
    static const struct memory_map_range ranges[] = {
        { 1UL << 51, UINT64_MAX, MEMORY_RAM },
        { 1UL << 60, UINT64_MAX, MEMORY_RAM },
        { 0x5000, 0x4000, MEMORY_RAM },
    };

    ck_assert(memory_map_build(&map, ranges, 3));
    ck_assert_uint_eq(map.count, 1);
    expect_range(0, 1UL << 51, 1UL << 52, MEMORY_RAM);
}

TEST(memory_map, says_when_there_are_too_many)
{
    static struct memory_map_range ranges[MEMORY_MAP_MAX + 1];

    for (unsigned i = 0; i <= MEMORY_MAP_MAX; i++)
        ranges[i] = (struct memory_map_range){ i * 0x2000UL, i * 0x2000UL + 0x1000, MEMORY_RAM };
    ck_assert(memory_map_build(&map, ranges, MEMORY_MAP_MAX));
    ck_assert_uint_eq(map.count, MEMORY_MAP_MAX);
    ck_assert(!memory_map_build(&map, ranges, MEMORY_MAP_MAX + 1));
    ck_assert_uint_eq(map.count, MEMORY_MAP_MAX);
}

TEST(memory_map, knows_what_is_ram_throughout)
{
    static const struct memory_map_range ranges[] = {
        { 0x1000, 0x3000, MEMORY_RAM },
        { 0x3000, 0x4000, MEMORY_RESERVED },
    };

    ck_assert(memory_map_build(&map, ranges, 2));
    ck_assert(memory_map_is_ram(&map, 0x1000, 0x3000));
    ck_assert(!memory_map_is_ram(&map, 0x0fff, 0x2000));
    ck_assert(!memory_map_is_ram(&map, 0x2000, 0x3001));
    ck_assert(!memory_map_is_ram(&map, 0x2000, 0x2000));
    ck_assert(!memory_map_is_ram(&map, 0x3000, 0x4000));
}

/* The same question, asked of the input. */
static uint32_t claimed_type(const struct memory_map_range *ranges, unsigned count, uint64_t at)
{
    uint32_t type = 0;

    for (unsigned i = 0; i < count; i++) {
        if (at >= ranges[i].start && at < ranges[i].end && ranges[i].type > type)
            type = ranges[i].type;
    }
    return type;
}

static uint32_t kept_type(uint64_t at)
{
    for (unsigned i = 0; i < map.count; i++) {
        if (at >= map.ranges[i].start && at < map.ranges[i].end)
            return map.ranges[i].type;
    }
    return 0;
}

TEST(memory_map, agrees_with_its_input_everywhere)
{
    struct memory_map_range ranges[12];

    srand(1);
    for (unsigned round = 0; round < 2000; round++) {
        for (unsigned i = 0; i < 12; i++) {
            uint64_t start = (uint64_t)rand() % 64;

            ranges[i] = (struct memory_map_range){ start, start + (uint64_t)rand() % 16,
                                                   1 + (uint32_t)rand() % 5 };
        }
        ck_assert(memory_map_build(&map, ranges, 12));
        for (uint64_t at = 0; at < 80; at++)
            ck_assert_uint_eq(kept_type(at), claimed_type(ranges, 12, at));
        for (unsigned i = 1; i < map.count; i++) {
            ck_assert_uint_le(map.ranges[i - 1].end, map.ranges[i].start);
            ck_assert(map.ranges[i - 1].end < map.ranges[i].start ||
                      map.ranges[i - 1].type != map.ranges[i].type);
        }
    }
}
