/* SPDX-License-Identifier: MIT */
/* Multiboot 2: a list of tags, each with its type and length, aligned to 8 bytes. */
#include <string.h>

#include "boot/multiboot.h"
#include "lib/errno.h"
#include "support/unit.h"
#include "unit/boot/loader_memory.h"

static struct boot_info info;
static char error[BOOT_ERROR_MAX];
static uint32_t end; /* where the next tag goes */

static int parse(void)
{
    strcpy(error, "(none)");
    return multiboot_parse(MULTIBOOT2_LOADED, LOADER_BASE, loader_read, &info, error);
}

/* Returns where the contents of the tag are. */
static uint32_t add_tag(uint32_t type, uint32_t content_bytes)
{
    uint32_t at = end;

    loader_put(at, type, 4);
    loader_put(at + 4, 8 + content_bytes, 4);
    end = at + ((8 + content_bytes + 7) & ~7u);
    loader_put(LOADER_BASE, end - LOADER_BASE, 4);
    return at + 8;
}

static void add_text_tag(uint32_t type, const char *text)
{
    loader_put_text(add_tag(type, (uint32_t)strlen(text) + 1), text);
}

static uint32_t add_map(uint32_t entry_bytes, uint32_t entries)
{
    uint32_t content = add_tag(6, 8 + entries * entry_bytes);

    loader_put(content, entry_bytes, 4);
    for (uint32_t i = 0; i < entries; i++) {
        loader_put(content + 8 + i * entry_bytes, i * 0x100000, 8);
        loader_put(content + 16 + i * entry_bytes, 0x80000, 8);
        loader_put(content + 24 + i * entry_bytes, 1, 4);
    }
    return content;
}

static void add_module(uint32_t start, uint32_t module_end, const char *text)
{
    uint32_t content = add_tag(3, 8 + (uint32_t)strlen(text) + 1);

    loader_put(content, start, 4);
    loader_put(content + 4, module_end, 4);
    loader_put_text(content + 8, text);
}

static void prepare_empty(void)
{
    loader_clear();
    end = LOADER_BASE + 8;
}

static void prepare(void)
{
    prepare_empty();
    add_text_tag(1, "noreboot loglvl=all");
    add_text_tag(2, "GRUB 2.06");
    add_module(0x200000, 0x234567, "root=/dev/sda");
    add_map(24, 3);
    add_tag(0, 0);
}

static void expect_refusal(const char *part)
{
    ck_assert_int_eq(parse(), -EINVAL);
    ck_assert_msg(strstr(error, part), "\"%s\" does not say \"%s\"", error, part);
}

TEST(multiboot2, takes_everything_over)
{
    prepare();
    ck_assert_int_eq(parse(), 0);
    ck_assert_uint_eq(info.multiboot_version, 2);
    ck_assert_str_eq(info.command_line, "noreboot loglvl=all");
    ck_assert_str_eq(info.loader_name, "GRUB 2.06");
    ck_assert_uint_eq(info.module_count, 1);
    ck_assert_uint_eq(info.modules[0].end, 0x234567);
    ck_assert_str_eq(info.modules[0].command_line, "root=/dev/sda");
    ck_assert_uint_eq(info.range_count, 3);
    ck_assert_uint_eq(info.ranges[2].start, 0x200000);
    ck_assert_uint_eq(info.ranges[2].end, 0x280000);
}

TEST(multiboot2, walks_memory_map_entries_of_other_sizes)
{
    prepare_empty();
    add_map(40, 2);
    add_tag(0, 0);
    ck_assert_int_eq(parse(), 0);
    ck_assert_uint_eq(info.range_count, 2);
    ck_assert_uint_eq(info.ranges[1].start, 0x100000);
}

TEST(multiboot2, prefers_the_newer_rsdp)
{
    uint32_t newer;

    prepare_empty();
    add_map(24, 1);
    add_tag(14, 20);
    newer = add_tag(15, 36);
    add_tag(14, 20);
    add_tag(0, 0);
    ck_assert_int_eq(parse(), 0);
    ck_assert_uint_eq(info.rsdp_copy, newer);
}

TEST(multiboot2, notes_the_efi_system_table)
{
    prepare_empty();
    add_map(24, 1);
    loader_put(add_tag(12, 8), 0x123456789abcUL, 8);
    add_tag(0, 0);
    ck_assert_int_eq(parse(), 0);
    ck_assert_uint_eq(info.efi_system_table, 0x123456789abcUL);
}

TEST(multiboot2, ignores_tags_that_it_does_not_know)
{
    prepare_empty();
    add_tag(0x1234, 3);
    add_map(24, 1);
    add_tag(0, 0);
    ck_assert_int_eq(parse(), 0);
}

TEST(multiboot2, ends_a_text_at_the_end_of_its_tag)
{
    uint32_t content;

    prepare_empty();
    content = add_tag(1, 4);
    loader_put_text(content, "abcdefg"); /* goes on into the padding */
    add_map(24, 1);
    add_tag(0, 0);
    ck_assert_int_eq(parse(), 0);
    ck_assert_str_eq(info.command_line, "abcd");
}

TEST(multiboot2, refuses_a_missing_memory_map)
{
    prepare_empty();
    add_text_tag(1, "x");
    add_tag(0, 0);
    expect_refusal("no memory map");
}

TEST(multiboot2, refuses_a_missing_end)
{
    prepare_empty();
    add_map(24, 1);
    expect_refusal("no end tag");
}

TEST(multiboot2, refuses_impossible_lengths)
{
    prepare();
    loader_put(LOADER_BASE, 4, 4);
    expect_refusal("cannot be");
    prepare();
    loader_put(LOADER_BASE, 0xffffffffu, 4);
    expect_refusal("cannot be");
    prepare();
    loader_put(LOADER_BASE + 12, 0, 4);
    expect_refusal("impossible length 0");
    prepare();
    loader_put(LOADER_BASE + 12, 0xfffffff8u, 4);
    expect_refusal("impossible length");
    prepare_empty();
    add_map(24, 1);
    loader_put(LOADER_BASE + 16, 16, 4);
    add_tag(0, 0);
    expect_refusal("only 16 bytes");
}

TEST(multiboot2, refuses_tags_too_short_for_their_type)
{
    prepare_empty();
    add_tag(6, 4);
    add_tag(0, 0);
    expect_refusal("cut off");
    prepare_empty();
    add_tag(3, 4);
    add_tag(0, 0);
    expect_refusal("cut off");
    prepare_empty();
    add_tag(12, 4);
    add_tag(0, 0);
    expect_refusal("cut off");
}

TEST(multiboot2, survives_every_damaged_byte)
{
    static const uint8_t values[] = { 0x00, 0x01, 0x06, 0x07, 0x7f, 0x80, 0xff };

    prepare();
    for (size_t at = 0; at < end - LOADER_BASE; at++) {
        uint8_t right = loader_memory[at];

        for (size_t i = 0; i < sizeof(values); i++) {
            loader_memory[at] = values[i];
            (void)parse();
            ck_assert_uint_le(info.range_count, BOOT_RANGES_MAX);
            ck_assert_uint_le(info.module_count, BOOT_MODULES_MAX);
        }
        loader_memory[at] = right;
    }
}

/* ---- EFI */

#define SYSTEM_TABLE (LOADER_BASE + 0x100)
#define TABLES       (LOADER_BASE + 0x200)

static const uint8_t guid_20[16] = { 0x71, 0xe8, 0x68, 0x88, 0xf1, 0xe4, 0xd3, 0x11,
                                     0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81 };
static const uint8_t guid_10[16] = { 0x30, 0x2d, 0x9d, 0xeb, 0x88, 0x2d, 0xd3, 0x11,
                                     0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d };

static void put_table(unsigned index, const uint8_t guid[16], uint64_t address)
{
    memcpy(loader_memory + (TABLES - LOADER_BASE) + index * 24, guid, 16);
    loader_put(TABLES + index * 24 + 16, address, 8);
}

static void prepare_efi(uint64_t table_count)
{
    loader_clear();
    memcpy(loader_memory + (SYSTEM_TABLE - LOADER_BASE), "IBI SYST", 8);
    loader_put(SYSTEM_TABLE + 104, table_count, 8);
    loader_put(SYSTEM_TABLE + 112, TABLES, 8);
    put_table(1, guid_10, 0xe0000);
    put_table(2, guid_20, 0x7f77d014);
}

TEST(efi, finds_the_newest_rsdp)
{
    prepare_efi(3);
    ck_assert_uint_eq(efi_find_rsdp(SYSTEM_TABLE, loader_read), 0x7f77d014);
    prepare_efi(2);
    ck_assert_uint_eq(efi_find_rsdp(SYSTEM_TABLE, loader_read), 0xe0000);
    prepare_efi(1);
    ck_assert_uint_eq(efi_find_rsdp(SYSTEM_TABLE, loader_read), 0);
}

TEST(efi, believes_no_wrong_table)
{
    prepare_efi(3);
    loader_memory[SYSTEM_TABLE - LOADER_BASE] = 'X';
    ck_assert_uint_eq(efi_find_rsdp(SYSTEM_TABLE, loader_read), 0);
    prepare_efi(1UL << 60);
    ck_assert_uint_eq(efi_find_rsdp(SYSTEM_TABLE, loader_read), 0);
    prepare_efi(3);
    loader_put(SYSTEM_TABLE + 112, ~0UL - 30, 8);
    ck_assert_uint_eq(efi_find_rsdp(SYSTEM_TABLE, loader_read), 0);
    ck_assert_uint_eq(efi_find_rsdp(0, loader_read), 0);
}
