/* SPDX-License-Identifier: MIT */
#include "console/log_ring.h"

#include <string.h>

#include "support/unit.h"

static char memory[16];
static struct log_ring ring = { .memory = memory, .bytes = sizeof(memory) };

/* Everything from @position on, as text. */
static const char *read_from(uint64_t position)
{
    static char text[128];
    const char *piece;
    size_t length, used = 0;

    while ((length = ring_piece(&ring, &position, &piece)) > 0) {
        memcpy(text + used, piece, length);
        used += length;
        position += length;
    }
    text[used] = '\0';
    return text;
}

static void append(const char *text)
{
    ring_append(&ring, text, strlen(text));
}

TEST(log_ring, keeps_what_fits)
{
    append("0123456789");
    ck_assert_str_eq(read_from(0), "0123456789");
    ck_assert_str_eq(read_from(4), "456789");
    ck_assert_str_eq(read_from(10), "");
    ck_assert_str_eq(read_from(99), "");
}

TEST(log_ring, forgets_the_oldest)
{
    append("0123456789");
    append("abcdefghij");
    ck_assert_uint_eq(ring_oldest(&ring), 4);
    ck_assert_str_eq(read_from(0), "456789abcdefghij");
    append("0123456789ABCDEF0123456789");
    ck_assert_str_eq(read_from(0), "ABCDEF0123456789");
}

TEST(log_ring, clearing_hides_but_does_not_move)
{
    append("0123456789");
    ring.cleared = ring.written;
    append("abc");
    ck_assert_str_eq(read_from(0), "abc");
    ck_assert_str_eq(read_from(11), "bc");
}

TEST(log_ring, moving_keeps_positions)
{
    static char larger[64], smaller[8];

    append("0123456789abcdefghij");
    ring_move(&ring, larger, sizeof(larger));
    ck_assert_str_eq(read_from(0), "456789abcdefghij");
    ck_assert_str_eq(read_from(17), "hij");
    append("KLM");
    ck_assert_str_eq(read_from(17), "hijKLM");
    ring_move(&ring, smaller, sizeof(smaller));
    ck_assert_str_eq(read_from(0), "fghijKLM");
    ck_assert_str_eq(read_from(20), "KLM");
}
