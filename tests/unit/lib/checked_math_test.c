/* SPDX-License-Identifier: MIT */
#include "lib/checked_math.h"

#include "support/unit.h"

TEST(checked_math, addition_says_when_it_wraps)
{
    uint64_t sum;

    ck_assert(checked_add(UINT64_MAX - 1, 1, &sum));
    ck_assert_uint_eq(sum, UINT64_MAX);
    ck_assert(!checked_add(UINT64_MAX, 1, &sum));
    ck_assert(!checked_add(1UL << 63, 1UL << 63, &sum));
}

TEST(checked_math, subtraction_says_when_it_wraps)
{
    uint64_t difference;

    ck_assert(checked_sub(5, 5, &difference));
    ck_assert_uint_eq(difference, 0);
    ck_assert(!checked_sub(4, 5, &difference));
}

TEST(checked_math, multiplication_says_when_it_wraps)
{
    uint64_t product;

    ck_assert(checked_mul(UINT32_MAX, UINT32_MAX, &product));
    ck_assert_uint_eq(product, 0xfffffffe00000001UL);
    ck_assert(!checked_mul(1UL << 32, 1UL << 32, &product));
    ck_assert(checked_mul(0, UINT64_MAX, &product));
}

TEST(checked_math, range_fits_only_without_wrapping)
{
    ck_assert(range_fits(0, 10, 10));
    ck_assert(range_fits(10, 0, 10));
    ck_assert(!range_fits(1, 10, 10));
    ck_assert(!range_fits(11, 0, 10));
    ck_assert(!range_fits(2, UINT64_MAX, 10));
}

TEST(checked_math, mul_div_agrees_with_128_bit_division)
{
    static const uint64_t numbers[] = {
        0, 1, 2, 3, 1000, 999999937, 1UL << 32, (1UL << 63) + 12345, UINT64_MAX - 1, UINT64_MAX,
    };
    const size_t count = sizeof(numbers) / sizeof(numbers[0]);

    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            for (size_t k = 1; k < count; k++) {
                unsigned __int128 exact = (unsigned __int128)numbers[i] * numbers[j] / numbers[k];
                uint64_t expected = exact > UINT64_MAX ? UINT64_MAX : (uint64_t)exact;
                ck_assert_uint_eq(mul_div(numbers[i], numbers[j], numbers[k]), expected);
            }
        }
    }
}
