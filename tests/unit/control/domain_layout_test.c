/* SPDX-License-Identifier: MIT */
/* Where the pieces of a domain go: the reference layout of Debian's kernel, and what cannot be. */
#include "control/domain_layout.h"

#include <string.h>

#include "lib/errno.h"
#include "support/unit.h"

#define MIB(n) ((uint64_t)(n) << 20)

static struct elf_image image;
static struct domain_layout layout;
static const char *why;

static struct layout_request debian(void)
{
    image = (struct elf_image){
        .virt_base = 0xffffffff80000000,
        .physical_start = 0x1000000,
        .physical_end = 0x4a00000,
        .has_init_p2m = true,
        .init_p2m = 0x8000000000,
        .module_may_be_unmapped = true,
    };
    return (struct layout_request){ .image = &image, .nr_pages = MIB(768) >> 12 };
}

/* Pieces in [0, nr_pages), in order, without overlap. */
static void check_order(void)
{
    const struct layout_piece pieces[] = { layout.start_info, layout.store, layout.console,
                                           layout.tables, layout.stack };
    uint64_t next = (image.physical_end + 4095) >> 12;

    for (unsigned i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        if (pieces[i].pages) {
            ck_assert_uint_ge(pieces[i].pfn, next);
            next = pieces[i].pfn + pieces[i].pages;
        }
    }
    ck_assert_uint_ge(layout.mapped_pages, next + (512 << 10 >> 12));
    ck_assert_uint_le(layout.mapped_pages, layout.nr_pages);
    ck_assert_uint_eq((layout.virt_base + (layout.mapped_pages << 12)) & 0x3fffff, 0);
}

/* abi-facts 1.3, the example. */
TEST(domain_layout, of_debian_is_that_of_the_reference)
{
    struct layout_request request = debian();

    ck_assert_msg(domain_layout_make(&request, &layout, &why) == 0, "%s", why);
    ck_assert_uint_eq(layout_virt(&layout, layout.start_info), 0xffffffff84a00000);
    ck_assert_uint_eq(layout_virt(&layout, layout.tables), 0xffffffff84a01000);
    ck_assert_uint_eq(layout.tables.pages, 41);
    ck_assert_uint_eq(layout_virt(&layout, layout.stack), 0xffffffff84a2a000);
    ck_assert_uint_eq(layout.virt_base + (layout.mapped_pages << 12), 0xffffffff84c00000);
    ck_assert_uint_eq(layout.p2m.pages, 384);
    ck_assert_uint_eq(layout.p2m_tables.pages, 3);
    ck_assert_uint_eq(layout.p2m_tables.pfn, layout.p2m.pfn + layout.p2m.pages);
    check_order();
}

TEST(domain_layout, puts_an_unmapped_module_behind)
{
    struct layout_request request = debian();

    request.module_bytes = 5000;
    ck_assert_int_eq(domain_layout_make(&request, &layout, &why), 0);
    ck_assert(!layout.module_is_mapped);
    ck_assert_uint_eq(layout.module.pfn, layout.mapped_pages);
    ck_assert_uint_eq(layout.module.pages, 2);
    ck_assert_uint_eq(layout.p2m.pfn, layout.module.pfn + 2);
}

TEST(domain_layout, maps_module_and_list_without_the_notes)
{
    struct layout_request request = debian();

    image.has_init_p2m = false;
    image.module_may_be_unmapped = false;
    request.module_bytes = 5000;
    request.has_ring_pages = true;
    ck_assert_int_eq(domain_layout_make(&request, &layout, &why), 0);
    ck_assert(layout.module_is_mapped);
    ck_assert_uint_eq(layout.module.pfn, 0x4a00);
    ck_assert_uint_eq(layout.p2m.pfn, 0x4a02);
    ck_assert_uint_eq(layout.start_info.pfn, 0x4a02 + 384);
    ck_assert_uint_eq(layout.store.pfn, layout.start_info.pfn + 1);
    ck_assert_uint_eq(layout.console.pfn, layout.start_info.pfn + 2);
    check_order();
}

/* The tables map themselves, so a size at which one more is needed must not be missed. */
TEST(domain_layout, always_has_enough_tables)
{
    for (uint64_t end = 0x1000; end < MIB(24); end += 0x1000) {
        struct layout_request request = debian();
        uint64_t bytes, needed;

        image.physical_end = end;
        ck_assert_int_eq(domain_layout_make(&request, &layout, &why), 0);
        bytes = layout.mapped_pages << 12;
        needed = 1 + 1 + 1 + (bytes + 0x1fffff) / 0x200000;
        ck_assert_uint_ge(layout.tables.pages, needed);
        ck_assert_uint_le(layout.tables.pages, needed + 2);
        check_order();
    }
}

TEST(domain_layout, counts_tables_across_their_borders)
{
    struct layout_request request = debian();

    /* 2 MiB before a border of an L3 entry, which is also one of an L4 entry. */
    image.virt_base = 0x8000000000 - MIB(2);
    image.has_init_p2m = false;
    image.physical_end = MIB(3);
    request.nr_pages = MIB(16) >> 12;
    ck_assert_int_eq(domain_layout_make(&request, &layout, &why), 0);
    /* Two of L3 and of L2; one L1 before the border and one or two behind it. */
    ck_assert_uint_eq(layout.tables.pages,
                      1 + 2 + 2 + ((layout.mapped_pages << 12) + 0x1fffff) / 0x200000);
}

static void expect_refused(const struct layout_request *request, const char *reason)
{
    ck_assert_int_eq(domain_layout_make(request, &layout, &why), -EINVAL);
    ck_assert_msg(strstr(why, reason), "\"%s\", not \"%s\"", why, reason);
}

TEST(domain_layout, refuses_what_does_not_fit)
{
    struct layout_request request = debian();

    request.nr_pages = 0x4a00;
    expect_refused(&request, "memory");
    request = debian();
    request.nr_pages = 0x4c00; /* all of it is mapped, and none left for the list */
    expect_refused(&request, "memory");
    request = debian();
    request.module_bytes = MIB(768);
    expect_refused(&request, "memory");
    request.module_bytes = ~0UL;
    expect_refused(&request, "memory");
    request = debian();
    image.physical_end = ELF_IMAGE_MAX_PHYSICAL;
    expect_refused(&request, "memory");
}

TEST(domain_layout, refuses_addresses_of_the_hypervisor)
{
    static const uint64_t bases[] = { 0x7fffffff0000, 0x7ffffc000000, 0xffff800000000000,
                                      0xffff87ffffc00000, 0x800000000000 };
    struct layout_request request;

    for (unsigned i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
        request = debian();
        image.virt_base = bases[i];
        expect_refused(&request, "hypervisor");
    }
    request = debian();
    image.virt_base = 0xffff880000000000;
    ck_assert_int_eq(domain_layout_make(&request, &layout, &why), 0);
    request = debian();
    image.virt_base = 0xfffffffffffff000;
    image.physical_end = 0x1000;
    expect_refused(&request, "hypervisor");
}

TEST(domain_layout, refuses_a_list_that_is_in_the_way)
{
    struct layout_request request = debian();

    image.init_p2m = 0xffffff8000000000; /* the kernel's own 512 GiB */
    expect_refused(&request, "within 512 GiB");
    image.init_p2m = 0xffff800000000000;
    expect_refused(&request, "INIT_P2M");
    image.init_p2m = 0x7ffffffff000;
    expect_refused(&request, "INIT_P2M");
    image.init_p2m = 0xffffff0000000000;
    ck_assert_int_eq(domain_layout_make(&request, &layout, &why), 0);
}
