/* SPDX-License-Identifier: MIT */
#include "lib/options.h"

#include <string.h>

#include "lib/errno.h"
#include "support/unit.h"

static bool noreboot, smap;
static uint32_t maxcpus;
static uint64_t heap_bytes;
static struct size_limits dom0_mem;
static char custom[32];

static int take_custom(const char *value)
{
    if (strlen(value) >= sizeof(custom))
        return -EINVAL;
    strcpy(custom, value);
    return 0;
}

static const struct option options[] = {
    { "noreboot", OPTION_BOOL, &noreboot, NULL, "stop instead of rebooting" },
    { "smap", OPTION_BOOL, &smap, NULL, "on or off" },
    { "maxcpus", OPTION_UINT, &maxcpus, NULL, "a number" },
    { "heap", OPTION_SIZE, &heap_bytes, NULL, "a size" },
    { "dom0_mem", OPTION_SIZE_LIMITS, &dom0_mem, NULL, "a size, min: and max:" },
    { "com1", OPTION_CUSTOM, NULL, take_custom, "speed" },
};

static char error[160];

static int parse(const char *line)
{
    error[0] = '\0';
    return options_parse(line, options, sizeof(options) / sizeof(options[0]), error, sizeof(error));
}

TEST(options, empty_line_is_fine)
{
    ck_assert_int_eq(parse(""), 0);
    ck_assert_int_eq(parse("  \t \n"), 0);
}

TEST(options, a_line_of_several)
{
    ck_assert_int_eq(parse(" noreboot  maxcpus=4\tcom1=115200,8n1 heap=2M "), 0);
    ck_assert(noreboot);
    ck_assert_uint_eq(maxcpus, 4);
    ck_assert_uint_eq(heap_bytes, 2UL << 20);
    ck_assert_str_eq(custom, "115200,8n1");
}

TEST(options, booleans_in_all_spellings)
{
    static const struct {
        const char *line;
        bool value;
    } cases[] = {
        { "smap", true },      { "smap=on", true },  { "smap=yes", true },
        { "smap=true", true }, { "smap=1", true },   { "smap=enable", true },
        { "smap=off", false }, { "smap=no", false }, { "smap=false", false },
        { "smap=0", false },   { "no-smap", false }, { "smap=disable", false },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        smap = !cases[i].value;
        ck_assert_int_eq(parse(cases[i].line), 0);
        ck_assert_int_eq(smap, cases[i].value);
    }
}

TEST(options, unknown_option_is_named)
{
    ck_assert_int_eq(parse("maxcpus=2 frobnicate=3"), -EINVAL);
    ck_assert_ptr_nonnull(strstr(error, "unknown option \"frobnicate\""));
    ck_assert_uint_eq(maxcpus, 2);
}

TEST(options, only_a_boolean_has_a_negative)
{
    ck_assert_int_eq(parse("no-maxcpus"), -EINVAL);
    ck_assert_int_eq(parse("no-frobnicate"), -EINVAL);
    ck_assert_int_eq(parse("no-smap=1"), -EINVAL);
}

TEST(options, bad_values_change_nothing_and_are_named)
{
    static const char *const lines[] = {
        "maxcpus=",
        "maxcpus",
        "maxcpus=four",
        "maxcpus=4x",
        "maxcpus=-1",
        "maxcpus=4294967296",
        "heap=",
        "heap=M",
        "heap=1Q",
        "heap=99999999999999999999",
        "heap=18014398509481984K",
        "smap=maybe",
        "smap=",
        "dom0_mem=",
        "dom0_mem=512M,",
        "dom0_mem=min:",
        "dom0_mem=max:x",
        "dom0_mem=1G;max:2G",
        "dom0_mem=--1G",
    };

    maxcpus = 7;
    heap_bytes = 7;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        ck_assert_msg(parse(lines[i]) == -EINVAL, "%s", lines[i]);
        ck_assert_ptr_nonnull(strstr(error, "bad value"));
        ck_assert_uint_eq(maxcpus, 7);
        ck_assert_uint_eq(heap_bytes, 7);
        ck_assert_int_eq(dom0_mem.bytes, 0);
    }
}

TEST(options, sizes_have_suffixes)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } cases[] = {
        { "5B", 5 },         { "4", 4096 },       { "4k", 4096 },          { "3M", 3UL << 20 },
        { "2g", 2UL << 30 }, { "1T", 1UL << 40 }, { "0x10M", 16UL << 20 }, { "0", 0 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *text = cases[i].text;
        uint64_t bytes;

        ck_assert(parse_size(&text, &bytes));
        ck_assert_uint_eq(bytes, cases[i].bytes);
        ck_assert_int_eq(*text, '\0');
    }
}

TEST(options, memory_limits_in_any_order)
{
    ck_assert_int_eq(parse("dom0_mem=512M,max:1G"), 0);
    ck_assert_int_eq(dom0_mem.bytes, 512L << 20);
    ck_assert_int_eq(dom0_mem.max_bytes, 1L << 30);
    ck_assert_int_eq(dom0_mem.min_bytes, 0);

    ck_assert_int_eq(parse("dom0_mem=min:64M,max:-128M,-1G"), 0);
    ck_assert_int_eq(dom0_mem.min_bytes, 64L << 20);
    ck_assert_int_eq(dom0_mem.max_bytes, -(128L << 20));
    ck_assert_int_eq(dom0_mem.bytes, -(1L << 30));
}

TEST(options, a_word_that_is_too_long_is_refused)
{
    char line[2 * OPTION_WORD_MAX] = "com1=";

    memset(line + 5, 'x', OPTION_WORD_MAX - 5);
    ck_assert_int_eq(parse(line), -EINVAL);
    ck_assert_ptr_nonnull(strstr(error, "too long"));
}

TEST(options, the_error_line_fits_its_buffer)
{
    char line[OPTION_WORD_MAX] = "smap=";
    char small[10];

    memset(line + 5, 'y', OPTION_WORD_MAX - 6);
    ck_assert_int_eq(options_parse(line, options, 2, small, sizeof(small)), -EINVAL);
    ck_assert_uint_eq(strlen(small), 9);
}
