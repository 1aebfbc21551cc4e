/* SPDX-License-Identifier: MIT */
#include "arch/device_vectors.h"

#include "arch/vectors.h"
#include "support/unit.h"

TEST(device_vectors, each_is_given_once_and_none_of_anothers)
{
    bool given[VECTOR_COUNT] = { false };
    uint32_t vector, count = 0;

    while ((vector = device_vectors_take(1))) {
        ck_assert_uint_ge(vector, VECTOR_FIRST_DEVICE);
        ck_assert_uint_le(vector, VECTOR_LAST_DEVICE);
        ck_assert(vector != VECTOR_GUEST_INT80 && vector != VECTOR_GUEST_INT82);
        ck_assert(!given[vector]);
        given[vector] = true;
        count++;
    }
    ck_assert_uint_eq(count, VECTOR_LAST_DEVICE - VECTOR_FIRST_DEVICE + 1 - 2);
}

TEST(device_vectors, several_are_in_a_row_and_aligned)
{
    uint32_t rows = 0, first;

    ck_assert_uint_ne(device_vectors_take(1), 0);
    while ((first = device_vectors_take(32))) {
        ck_assert_uint_eq(first % 32, 0);
        ck_assert(first + 32 <= VECTOR_GUEST_INT80 || first > VECTOR_GUEST_INT82);
        rows++;
    }
    ck_assert_uint_ge(rows, 4);
    first = device_vectors_take(8);
    ck_assert_uint_ne(first, 0);
    ck_assert_uint_eq(first % 8, 0);
}

TEST(device_vectors, one_that_came_back_is_used_again_as_late_as_can_be)
{
    uint32_t first = device_vectors_take(1), vector, others = 0;

    device_vectors_give(first, 1);
    while ((vector = device_vectors_take(1)) != first) {
        ck_assert_uint_ne(vector, 0);
        others++;
    }
    ck_assert_uint_eq(others, VECTOR_LAST_DEVICE - VECTOR_FIRST_DEVICE - 2);
    ck_assert_uint_eq(device_vectors_take(1), 0);
}

TEST_ABORTS(device_vectors, what_was_not_taken_is_not_given_back)
{
    device_vectors_give(VECTOR_FIRST_DEVICE, 1);
}
