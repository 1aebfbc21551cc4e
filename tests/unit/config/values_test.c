/* SPDX-License-Identifier: MIT */
#include "config/values.h"

#include <string.h>

#include "config/vdev.h"
#include "support/unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

TEST(values, vdev_numbers_are_those_of_the_protocol)
{
    static const struct {
        const char *name;
        uint32_t number;
    } rows[] = {
        { "xvda", 51712 },
        { "xvda1", 51713 },
        { "xvdp15", 51967 },
        { "xvdq", (1u << 28) | (16u << 8) },
        { "xvda16", (1u << 28) | 16 },
        { "xvdaa", (1u << 28) | (26u << 8) },
        { "hda", 768 },
        { "hdb", 832 },
        { "hdc", 5632 },
        { "hdd63", 5632 + 64 + 63 },
        { "sda", 2048 },
        { "sda1", 2049 },
        { "sdp15", 2048 + 255 },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t number = 0;

        ck_assert_msg(vdev_number(rows[i].name, &number), "%s", rows[i].name);
        ck_assert_uint_eq(number, rows[i].number);
    }
}

TEST(values, vdev_refuses_other_names)
{
    static const char *const names[] = { "",      "xvd",    "xvd1",  "xvda0",     "xvda256",
                                         "xvdA",  "vda",    "hde",   "hda64",     "sdq",
                                         "sda16", "xvda1x", "xvda ", "xvdzzzzzz", "fda" };
    uint32_t number;

    for (size_t i = 0; i < COUNT(names); i++)
        ck_assert_msg(!vdev_number(names[i], &number), "%s", names[i]);
}

TEST(values, vdev_names_count_like_letters)
{
    static const struct {
        uint32_t index;
        const char *name;
    } rows[] = {
        { 0, "xvda" }, { 25, "xvdz" }, { 26, "xvdaa" }, { 701, "xvdzz" }, { 702, "xvdaaa" }
    };
    char name[VDEV_NAME_BYTES];

    for (size_t i = 0; i < COUNT(rows); i++) {
        vdev_name_of_index(rows[i].index, name);
        ck_assert_str_eq(name, rows[i].name);
    }
}

TEST(values, uuid_reads_both_forms_and_writes_one)
{
    static const char text[] = "039e9ee6-4a84-3055-4c81-8ba426ae2656";
    uint8_t uuid[DOMAIN_UUID_BYTES], same[DOMAIN_UUID_BYTES];
    char written[UUID_TEXT_BYTES];

    ck_assert(uuid_parse(text, uuid));
    ck_assert(uuid_parse("039E9EE64A8430554C818BA426AE2656", same));
    ck_assert_mem_eq(uuid, same, sizeof(uuid));
    uuid_format(uuid, written);
    ck_assert_str_eq(written, text);
    ck_assert(!uuid_parse("039e9ee6-4a84-3055-4c81-8ba426ae265", uuid));
    ck_assert(!uuid_parse("039e9ee6-4a84-3055-4c81x8ba426ae2656", uuid));
    ck_assert(!uuid_parse("", uuid));
}

TEST(values, mac_wants_six_bytes_with_colons)
{
    uint8_t mac[MAC_BYTES];
    char text[MAC_TEXT_BYTES];

    ck_assert(mac_parse("00:16:3E:3e:86:60", mac));
    mac_format(mac, text);
    ck_assert_str_eq(text, "00:16:3e:3e:86:60");
    ck_assert(!mac_parse("00:16:3e:3e:86", mac));
    ck_assert(!mac_parse("00-16-3e-3e-86-60", mac));
    ck_assert(!mac_parse("00:16:3e:3e:86:6g", mac));
}

TEST(values, cpus_read_ranges_and_exceptions)
{
    static const struct {
        const char *text;
        cpu_mask_t cpus;
        const char *written;
    } rows[] = {
        { "0", 1, "0" },
        { "0-3,^2,8", 0x10b, "0-1,3,8" },
        { "63", 1UL << 63, "63" },
        { "all", CPU_MASK_ALL, "all" },
        { "0-63", CPU_MASK_ALL, "all" },
    };
    static const char *const wrong[] = { "",   "64",   "3-1",   "a",   "1,", "-1",
                                         "1-", "0,^0", "1-2-3", "1 2", "^",  "100" };
    char text[CPUS_TEXT_BYTES];
    cpu_mask_t cpus;

    for (size_t i = 0; i < COUNT(rows); i++) {
        ck_assert_msg(cpus_parse(rows[i].text, &cpus), "%s", rows[i].text);
        ck_assert_uint_eq(cpus, rows[i].cpus);
        cpus_format(cpus, text);
        ck_assert_str_eq(text, rows[i].written);
    }
    for (size_t i = 0; i < COUNT(wrong); i++)
        ck_assert_msg(!cpus_parse(wrong[i], &cpus), "%s", wrong[i]);
    cpus_format(0x5555555555555555u, text);
    ck_assert_uint_lt(strlen(text), CPUS_TEXT_BYTES);
}

TEST(values, names_are_no_numbers_options_or_paths)
{
    static const char *const right[] = { "a", "web-1", "1a", "my guest", "a.b_c+d:e@f" };
    static const char *const wrong[] = {
        "", "12", "-a", ".a", "a/b", "a\n", " a", "a ", "\xc3\xa4"
    };
    char longest[DOMAIN_NAME_BYTES + 1];

    for (size_t i = 0; i < COUNT(right); i++)
        ck_assert_msg(domain_name_is_valid(right[i]), "%s", right[i]);
    for (size_t i = 0; i < COUNT(wrong); i++)
        ck_assert_msg(!domain_name_is_valid(wrong[i]), "%s", wrong[i]);
    memset(longest, 'a', DOMAIN_NAME_BYTES);
    longest[DOMAIN_NAME_BYTES] = '\0';
    ck_assert(!domain_name_is_valid(longest));
    ck_assert(domain_name_is_valid(longest + 1));
}

TEST(values, ip_lists_have_addresses_only)
{
    ck_assert(ip_list_is_valid("172.14.5.6"));
    ck_assert(ip_list_is_valid("10.0.0.2/24 fd00::2/64"));
    ck_assert(!ip_list_is_valid(""));
    ck_assert(!ip_list_is_valid("10.0.0.2/33"));
    ck_assert(!ip_list_is_valid("10.0.0"));
    ck_assert(!ip_list_is_valid("10.0.0.1 host"));
}

TEST(values, decimal_stops_at_its_maximum)
{
    uint64_t value;

    ck_assert(decimal_parse("18446744073709551615", UINT64_MAX, &value));
    ck_assert_uint_eq(value, UINT64_MAX);
    ck_assert(!decimal_parse("18446744073709551616", UINT64_MAX, &value));
    ck_assert(!decimal_parse("11", 10, &value));
    ck_assert(!decimal_parse("3", 2, &value));
    ck_assert(decimal_parse("2", 2, &value));
    ck_assert(!decimal_parse("+1", 10, &value));
    ck_assert(!decimal_parse("", 10, &value));
}
