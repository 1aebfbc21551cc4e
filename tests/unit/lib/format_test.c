/* SPDX-License-Identifier: MIT */
/* libc's snprintf is the measure, but for what lib/format.h says to be different. */
#include "lib/format.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "support/unit.h"

#define BYTES 200

/* Not known to the compiler as printf-like, since it would warn of what is tested. */
static void same(const char *format, ...)
{
    char ours[BYTES], theirs[BYTES];
    va_list values, again;

    va_start(values, format);
    va_copy(again, values);
    size_t length = format_buffer_va(ours, BYTES, format, values);
    int expected = vsnprintf(theirs, BYTES, format, again);
    va_end(again);
    va_end(values);
    ck_assert_str_eq(ours, theirs);
    ck_assert_uint_eq(length, (size_t)expected);
}

static size_t format_unchecked(char *buffer, size_t bytes, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    size_t length = format_buffer_va(buffer, bytes, format, values);
    va_end(values);
    return length;
}

TEST(format, plain_text_and_percent)
{
    same("hello");
    same("100%% sure");
}

TEST(format, signed_numbers)
{
    same("%d %d %d", 0, INT_MIN, INT_MAX);
    same("%ld %lld", LONG_MIN, LLONG_MAX);
    same("%hhd %hd", -1, -2);
    same("%+d % d %+d", 5, 5, -5);
}

TEST(format, unsigned_numbers)
{
    same("%u %x %X %o", 4000000000u, 0xbeefu, 0xbeefu, 0777u);
    same("%lu %lx %zu", ULONG_MAX, ULONG_MAX, (size_t)12345);
    same("%#x %#X %#x", 255u, 255u, 0u);
}

TEST(format, width_zeros_and_sides)
{
    same("[%5d] [%-5d] [%05d] [%05d]", 42, 42, 42, -42);
    same("[%8x] [%08x] [%#08x] [%#10x]", 0xabu, 0xabu, 0xabu, 0xabu);
    same("[%*d] [%-*d] [%*d]", 6, 7, 6, 7, -6, 7);
    same("[%1d]", 12345);
}

TEST(format, precision_of_numbers)
{
    same("[%.3d] [%.3d] [%6.3d] [%-6.3d] [%06.3d]", 5, -5, 5, 5, 5);
    same("[%.5x] [%.*u]", 0x12u, 4, 7u);
    same("[%.0d]", 0);
}

TEST(format, strings)
{
    same("[%s] [%8s] [%-8s] [%.2s] [%6.2s]", "abc", "abc", "abc", "abc", "abc");
    same("[%.*s]", 3, "abcdef");
    same("%c%c%3c", 'a', 'b', 'c');
}

TEST(format, precision_reads_no_further_than_it_says)
{
    const char unterminated[2] = { 'x', 'y' };
    char text[8];

    format_buffer(text, sizeof(text), "%.2s", unterminated);
    ck_assert_str_eq(text, "xy");
}

TEST(format, null_string_is_named)
{
    const char *nothing = NULL;
    char text[16];

    format_unchecked(text, sizeof(text), "%s", nothing);
    ck_assert_str_eq(text, "(null)");
}

TEST(format, pointer_has_sixteen_digits)
{
    char text[32];

    ck_assert_uint_eq(format_buffer(text, sizeof(text), "%p", (void *)0xffff8100UL), 18);
    ck_assert_str_eq(text, "0x00000000ffff8100");
}

TEST(format, unknown_conversion_is_copied)
{
    const char *formats[] = { "%q", "%", "a%y %d", "%5", "%ll" };
    char text[32];

    for (unsigned i = 0; i < 5; i++) {
        if (i == 2)
            continue;
        format_unchecked(text, sizeof(text), formats[i]);
        ck_assert_str_eq(text, formats[i]);
    }
    format_unchecked(text, sizeof(text), formats[2], 3);
    ck_assert_str_eq(text, "a%y 3");
}

TEST(format, cuts_but_tells_the_whole_length)
{
    for (size_t bytes = 0; bytes < 20; bytes++) {
        char text[24];

        memset(text, '~', sizeof(text));
        ck_assert_uint_eq(format_buffer(text, bytes, "%s-%d", "abcdef", 12345), 12);
        ck_assert_int_eq(text[bytes], '~');
        if (bytes)
            ck_assert_uint_eq(strlen(text), bytes - 1 < 12 ? bytes - 1 : 12);
    }
}

TEST(format, enormous_width_is_limited)
{
    char text[16];

    ck_assert_uint_le(format_unchecked(text, sizeof(text), "%2147483647d", 1), 1024);
    ck_assert_uint_le(format_unchecked(text, sizeof(text), "%*d", INT_MIN, 1), 1024);
    ck_assert_uint_le(format_unchecked(text, sizeof(text), "%.*d", INT_MAX, 1), 1024);
}
