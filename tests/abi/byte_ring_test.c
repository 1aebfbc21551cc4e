/* SPDX-License-Identifier: MIT */
/*
 * hypercall-abi/io/byte_ring.h: bytes come out in the order in which they went in, and a hostile
 * index moves nothing.
 */
#include "hypercall-abi/io/byte_ring.h"

#include <string.h>

#include "hypercall-abi/io/console.h"
#include "support/unit.h"

#define MOVES   3000
#define PATTERN 251

static struct xencons_interface page;

static const struct byte_ring output = { page.out, sizeof(page.out), &page.out_cons,
                                         &page.out_prod };

static void start_at(uint32_t index)
{
    memset(&page, 0, sizeof(page));
    page.out_cons = index;
    page.out_prod = index;
}

/* What the bytes from number `first` on are. */
static void fill_pattern(char *bytes, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        bytes[i] = (char)((first + i) % PATTERN);
}

TEST(byte_ring, keeps_the_order_of_bytes)
{
    uint32_t written = 0, read = 0, random = 1;
    char chunk[3000], expected[3000];

    start_at(UINT32_MAX - 100000);
    for (int move = 0; move < MOVES; move++) {
        random = random * 1664525U + 1013904223U;
        uint32_t length = (random >> 8) % sizeof(chunk);
        if (random >> 31) {
            fill_pattern(chunk, written, length);
            uint32_t room = (uint32_t)sizeof(page.out) - (written - read);
            uint32_t done = byte_ring_write(&output, chunk, length);
            ck_assert_uint_eq(done, length < room ? length : room);
            written += done;
        } else {
            uint32_t done = byte_ring_read(&output, chunk, length);
            ck_assert_uint_eq(done, length < written - read ? length : written - read);
            fill_pattern(expected, read, done);
            ck_assert_mem_eq(chunk, expected, done);
            read += done;
        }
        ck_assert(!byte_ring_is_broken(&output));
    }
    ck_assert_uint_gt(read, 1000000);
}

TEST(byte_ring, moves_nothing_when_indices_are_impossible)
{
    char byte = 'x';

    start_at(7);
    page.out_prod = 7 + sizeof(page.out) + 1;
    ck_assert(byte_ring_is_broken(&output));
    ck_assert_uint_eq(byte_ring_read(&output, &byte, 1), 0);
    ck_assert_uint_eq(byte_ring_write(&output, &byte, 1), 0);
    ck_assert_uint_eq(page.out_cons, 7);
    ck_assert_uint_eq(page.out_prod, 7 + sizeof(page.out) + 1);

    page.out_prod = 6;
    ck_assert(byte_ring_is_broken(&output));
    ck_assert_uint_eq(byte_ring_read(&output, &byte, 1), 0);
    ck_assert_uint_eq(byte_ring_write(&output, &byte, 1), 0);
}

TEST(byte_ring, is_whole_when_full)
{
    char bytes[sizeof(page.out)] = { 0 };

    start_at(5);
    ck_assert_uint_eq(byte_ring_write(&output, bytes, sizeof(bytes)), sizeof(bytes));
    ck_assert(!byte_ring_is_broken(&output));
    ck_assert_uint_eq(byte_ring_write(&output, bytes, 1), 0);
    ck_assert_uint_eq(byte_ring_read(&output, bytes, sizeof(bytes)), sizeof(bytes));
    ck_assert_uint_eq(byte_ring_read(&output, bytes, 1), 0);
}
