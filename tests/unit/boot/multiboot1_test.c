/* SPDX-License-Identifier: MIT */
/*
 * Multiboot 1: a structure with a word of flags. QEMU and GRUB put different things into the
 * command lines; no value of the loader makes the parser read what it did not ask for.
 */
#include <string.h>

#include "boot/multiboot.h"
#include "lib/errno.h"
#include "support/unit.h"
#include "unit/boot/loader_memory.h"

#define INFO    LOADER_BASE
#define MAP     (LOADER_BASE + 0x100)
#define MODULES (LOADER_BASE + 0x300)
#define TEXTS   (LOADER_BASE + 0x1000)

enum { AT_FLAGS = 0, AT_COMMAND_LINE = 16, AT_MODULE_COUNT = 20, AT_MODULES = 24 };
enum { AT_MAP_BYTES = 44, AT_MAP = 48, AT_LOADER_NAME = 64 };
#define ALL_FLAGS (1u << 2 | 1u << 3 | 1u << 6 | 1u << 9)

static struct boot_info info;
static char error[BOOT_ERROR_MAX];

static int parse(void)
{
    strcpy(error, "(none)");
    return multiboot_parse(MULTIBOOT1_LOADED, INFO, loader_read, &info, error);
}

static void put_range(uint32_t at, uint64_t start, uint64_t length, uint32_t type)
{
    loader_put(at, 20, 4);
    loader_put(at + 4, start, 8);
    loader_put(at + 12, length, 8);
    loader_put(at + 20, type, 4);
}

/* What QEMU leaves: two ranges, two modules. */
static void prepare(const char *loader)
{
    loader_clear();
    loader_put(INFO + AT_FLAGS, ALL_FLAGS, 4);
    loader_put(INFO + AT_COMMAND_LINE, loader_put_text(TEXTS, "a/parapet console=com1 x=y"), 4);
    loader_put(INFO + AT_LOADER_NAME, loader_put_text(TEXTS + 0x100, loader), 4);
    loader_put(INFO + AT_MAP_BYTES, 48, 4);
    loader_put(INFO + AT_MAP, MAP, 4);
    put_range(MAP, 0, 0x9fc00, 1);
    put_range(MAP + 24, 0x100000, 0x7f00000, 1);
    loader_put(INFO + AT_MODULE_COUNT, 2, 4);
    loader_put(INFO + AT_MODULES, MODULES, 4);
    loader_put(MODULES, 0x200000, 4);
    loader_put(MODULES + 4, 0x300000, 4);
    loader_put(MODULES + 8, loader_put_text(TEXTS + 0x200, "vmlinux root=/dev/sda"), 4);
    loader_put(MODULES + 16, 0x400000, 4);
    loader_put(MODULES + 20, 0x500001, 4);
}

TEST(multiboot1, takes_everything_over)
{
    prepare("qemu");
    ck_assert_int_eq(parse(), 0);
    ck_assert_str_eq(info.loader_name, "qemu");
    ck_assert_uint_eq(info.multiboot_version, 1);
    ck_assert_uint_eq(info.range_count, 2);
    ck_assert_uint_eq(info.ranges[1].start, 0x100000);
    ck_assert_uint_eq(info.ranges[1].end, 0x8000000);
    ck_assert_uint_eq(info.module_count, 2);
    ck_assert_uint_eq(info.modules[1].start, 0x400000);
    ck_assert_uint_eq(info.modules[1].end, 0x500001);
    ck_assert_str_eq(info.modules[1].command_line, "");
}

TEST(multiboot1, drops_the_path_that_qemu_puts_first)
{
    prepare("qemu");
    ck_assert_int_eq(parse(), 0);
    ck_assert_str_eq(info.command_line, "console=com1 x=y");
    ck_assert_str_eq(info.modules[0].command_line, "root=/dev/sda");
}

TEST(multiboot1, keeps_the_first_word_of_grub_2)
{
    prepare("GRUB 2.06-13+deb12u1");
    ck_assert_int_eq(parse(), 0);
    ck_assert_str_eq(info.modules[0].command_line, "vmlinux root=/dev/sda");
}

TEST(multiboot1, takes_a_lone_path_as_no_options)
{
    prepare("qemu");
    loader_put_text(TEXTS, "a/parapet");
    ck_assert_int_eq(parse(), 0);
    ck_assert_str_eq(info.command_line, "");
}

TEST(multiboot1, walks_entries_of_other_sizes)
{
    prepare("qemu");
    loader_put(MAP, 24, 4); /* four bytes of padding behind the first */
    put_range(MAP + 28, 0x100000, 0x1000, 1);
    loader_put(INFO + AT_MAP_BYTES, 52, 4);
    ck_assert_int_eq(parse(), 0);
    ck_assert_uint_eq(info.range_count, 2);
    ck_assert_uint_eq(info.ranges[1].end, 0x101000);
}

TEST(multiboot1, cuts_a_range_that_wraps_around)
{
    prepare("qemu");
    put_range(MAP, 0x1000, ~0UL, 1);
    ck_assert_int_eq(parse(), 0);
    ck_assert_uint_eq(info.ranges[0].end, UINT64_MAX);
}

static void expect_refusal(const char *part)
{
    ck_assert_int_eq(parse(), -EINVAL);
    ck_assert_msg(strstr(error, part), "\"%s\" does not say \"%s\"", error, part);
}

TEST(multiboot1, refuses_another_magic_number)
{
    prepare("qemu");
    ck_assert_int_eq(multiboot_parse(0x12345678, INFO, loader_read, &info, error), -EINVAL);
    ck_assert_ptr_nonnull(strstr(error, "0x12345678"));
}

TEST(multiboot1, refuses_information_out_of_reach)
{
    ck_assert_int_eq(multiboot_parse(MULTIBOOT1_LOADED, LOADER_BASE + LOADER_BYTES - 8, loader_read,
                                     &info, error),
                     -EINVAL);
    ck_assert_ptr_nonnull(strstr(error, "out of reach"));
}

TEST(multiboot1, refuses_a_missing_memory_map)
{
    prepare("qemu");
    loader_put(INFO + AT_FLAGS, ALL_FLAGS & ~(1u << 6), 4);
    expect_refusal("no memory map");
    prepare("qemu");
    loader_put(INFO + AT_MAP_BYTES, 0, 4);
    expect_refusal("no memory map");
}

TEST(multiboot1, refuses_a_memory_map_that_is_cut_off)
{
    prepare("qemu");
    loader_put(INFO + AT_MAP_BYTES, 40, 4);
    expect_refusal("cut off");
    loader_put(INFO + AT_MAP, LOADER_BASE + LOADER_BYTES, 4);
    expect_refusal("cut off");
}

TEST(multiboot1, refuses_an_entry_too_short_to_be_one)
{
    prepare("qemu");
    loader_put(MAP, 0, 4);
    expect_refusal("only 0 bytes");
}

TEST(multiboot1, refuses_more_ranges_than_it_can_keep)
{
    prepare("qemu");
    loader_put(INFO + AT_MAP_BYTES, (BOOT_RANGES_MAX + 1) * 24, 4);
    loader_put(INFO + AT_MAP, TEXTS + 0x800, 4);
    for (uint32_t i = 0; i <= BOOT_RANGES_MAX; i++)
        put_range(TEXTS + 0x800 + i * 24, i * 0x1000, 0x1000, 1);
    expect_refusal("more than 256 ranges");
}

TEST(multiboot1, refuses_more_modules_than_it_can_keep)
{
    prepare("qemu");
    loader_put(INFO + AT_MODULE_COUNT, BOOT_MODULES_MAX + 1, 4);
    expect_refusal("more than 4 modules");
}

TEST(multiboot1, refuses_a_module_list_out_of_reach)
{
    prepare("qemu");
    loader_put(INFO + AT_MODULES, 0xfffffff0u, 4);
    expect_refusal("out of reach");
}

TEST(multiboot1, refuses_a_module_that_ends_before_it_starts)
{
    prepare("qemu");
    loader_put(MODULES + 4, 0x1ff000, 4);
    expect_refusal("module 1 ends before it starts");
}

TEST(multiboot1, refuses_a_command_line_that_it_would_have_to_cut)
{
    prepare("qemu");
    memset(loader_memory + (TEXTS - LOADER_BASE), 'x', BOOT_COMMAND_LINE_MAX);
    expect_refusal("longer than 2047 bytes");
}

TEST(multiboot1, knows_where_modules_lie)
{
    prepare("qemu");
    ck_assert_int_eq(parse(), 0);
    ck_assert(boot_module_overlaps(&info, 0x2ff000, 0x300000));
    ck_assert(!boot_module_overlaps(&info, 0x300000, 0x400000));
    ck_assert(boot_module_overlaps(&info, 0x500000, 0x501000));
    ck_assert(!boot_module_overlaps(&info, 0, 0x200000));
}

TEST(multiboot1, survives_every_damaged_byte)
{
    static const uint8_t values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };

    prepare("qemu");
    for (size_t at = 0; at < 0x400; at++) {
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
