/* SPDX-License-Identifier: MIT */
#include "lib/bits.h"

#include "support/unit.h"

TEST(bits, alignment_goes_down_and_up)
{
    ck_assert_uint_eq(align_down(0x1fff, 0x1000), 0x1000);
    ck_assert_uint_eq(align_up(0x1001, 0x1000), 0x2000);
    ck_assert_uint_eq(align_up(0x1000, 0x1000), 0x1000);
    ck_assert(is_aligned(0, 8) && is_aligned(16, 8) && !is_aligned(12, 8));
}

TEST(bits, power_of_two_excludes_zero)
{
    ck_assert(!is_power_of_two(0));
    ck_assert(is_power_of_two(1) && is_power_of_two(1UL << 63));
    ck_assert(!is_power_of_two(6));
}

TEST(bits, lowest_highest_and_count)
{
    ck_assert_uint_eq(bit_lowest(0x50), 4);
    ck_assert_uint_eq(bit_highest(0x50), 6);
    ck_assert_uint_eq(bit_highest(~0UL), 63);
    ck_assert_uint_eq(bit_count(0), 0);
    ck_assert_uint_eq(bit_count(~0UL), 64);
}

TEST(bits, order_is_the_smallest_that_holds_the_count)
{
    ck_assert_uint_eq(order_of_count(0), 0);
    for (uint64_t count = 1; count < 5000; count++) {
        unsigned order = order_of_count(count);
        ck_assert((1UL << order) >= count);
        ck_assert(order == 0 || (1UL << (order - 1)) < count);
    }
}

TEST(bits, bitmap_search_finds_each_bit_from_each_place)
{
    uint64_t map[BITMAP_WORDS(130)] = { 0 };

    ck_assert_uint_eq(bitmap_next_set(map, 130, 0), 130);
    for (size_t bit = 0; bit < 130; bit++) {
        bitmap_set(map, bit);
        ck_assert(bitmap_test(map, bit));
        for (size_t from = 0; from <= 130; from++)
            ck_assert_uint_eq(bitmap_next_set(map, 130, from), from <= bit ? bit : 130);
        bitmap_clear(map, bit);
    }
}

TEST(bits, bitmap_search_for_clear_ignores_what_is_behind_the_end)
{
    uint64_t map[2] = { ~0UL, 0x3 };

    ck_assert_uint_eq(bitmap_next_clear(map, 66, 0), 66);
    ck_assert_uint_eq(bitmap_next_clear(map, 67, 5), 66);
    bitmap_clear(map, 7);
    ck_assert_uint_eq(bitmap_next_clear(map, 66, 0), 7);
    ck_assert_uint_eq(bitmap_next_clear(map, 66, 8), 66);
}
