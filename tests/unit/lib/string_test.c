/* SPDX-License-Identifier: MIT */
/* The hypervisor's own string functions under other names, against libc's. */
#include <string.h>

#include "support/unit.h"

#define memcpy  own_memcpy
#define memmove own_memmove
#define memset  own_memset
#define memcmp  own_memcmp
#define memchr  own_memchr
#define strlen  own_strlen
#define strnlen own_strnlen
#define strcmp  own_strcmp
#define strncmp own_strncmp
#define strchr  own_strchr
#include "lib/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr

#define BYTES 96

static void number(unsigned char *bytes)
{
    for (int i = 0; i < BYTES; i++)
        bytes[i] = (unsigned char)(i + 1);
}

TEST(string, memcpy_copies_just_that_much_at_any_alignment)
{
    for (size_t offset = 0; offset < 9; offset++) {
        for (size_t length = 0; length < 70; length++) {
            unsigned char from[BYTES], ours[BYTES] = { 0 }, theirs[BYTES] = { 0 };

            number(from);
            ck_assert_ptr_eq(own_memcpy(ours + offset, from + 3, length), ours + offset);
            memcpy(theirs + offset, from + 3, length);
            ck_assert_mem_eq(ours, theirs, BYTES);
        }
    }
}

TEST(string, memmove_allows_overlap_both_ways)
{
    for (size_t to = 0; to < 24; to++) {
        for (size_t from = 0; from < 24; from++) {
            for (size_t length = 0; length < 64; length++) {
                unsigned char ours[BYTES], theirs[BYTES];

                number(ours);
                number(theirs);
                own_memmove(ours + to, ours + from, length);
                memmove(theirs + to, theirs + from, length);
                ck_assert_mem_eq(ours, theirs, BYTES);
            }
        }
    }
}

TEST(string, memset_sets_just_that_much)
{
    for (size_t offset = 0; offset < 9; offset++) {
        for (size_t length = 0; length < 80; length++) {
            unsigned char ours[BYTES], theirs[BYTES];

            number(ours);
            number(theirs);
            own_memset(ours + offset, 0x1fe, length);
            memset(theirs + offset, 0x1fe, length);
            ck_assert_mem_eq(ours, theirs, BYTES);
        }
    }
}

TEST(string, comparisons_have_libc_signs)
{
    ck_assert_int_eq(own_memcmp("abc", "abd", 2), 0);
    ck_assert_int_lt(own_memcmp("abc", "abd", 3), 0);
    ck_assert_int_gt(own_memcmp("\xff", "\x01", 1), 0);
    ck_assert_int_eq(own_strcmp("same", "same"), 0);
    ck_assert_int_lt(own_strcmp("short", "shorter"), 0);
    ck_assert_int_gt(own_strcmp("\xff", "a"), 0);
    ck_assert_int_eq(own_strncmp("abcX", "abcY", 3), 0);
    ck_assert_int_ne(own_strncmp("abcX", "abcY", 4), 0);
    ck_assert_int_eq(own_strncmp("ab", "ab", 100), 0);
}

TEST(string, searches_and_lengths)
{
    const char text[] = "hello";

    ck_assert_uint_eq(own_strlen(text), 5);
    ck_assert_uint_eq(own_strnlen(text, 3), 3);
    ck_assert_uint_eq(own_strnlen(text, 30), 5);
    ck_assert_ptr_eq(own_strchr(text, 'l'), text + 2);
    ck_assert_ptr_eq(own_strchr(text, '\0'), text + 5);
    ck_assert_ptr_null(own_strchr(text, 'z'));
    ck_assert_ptr_eq(own_memchr(text, 'o', 5), text + 4);
    ck_assert_ptr_null(own_memchr(text, 'o', 4));
}
