/* SPDX-License-Identifier: MIT */
/*
 * map_grant_ref makes a granted frame visible at an address, and the granter sees by the flags of
 * its entry that it is in use: reading always, writing unless it is mapped read-only. They go
 * with unmap_grant_ref. (abi-facts 7.4)
 */
#include "grants.h"

static volatile uint64_t page[512] PAGE_ALIGNED;

static void check_writable(void)
{
    volatile uint64_t *window = page_hole();
    struct gnttab_map_grant_ref op = {
        .host_addr = (uint64_t)window, .flags = GNTMAP_host_map, .ref = 8, .dom = OWN_DOMAIN
    };

    grant(8, page, GRANTED);
    page[3] = 0x1234;
    require_eq(grant_map(&op), GNTST_okay, "the grant is mapped");
    expect_eq(op.dev_bus_addr, maddr_of(page), "the bus address is the frame's");
    expect_eq(grant_table[8].flags, USED_WRITING, "the flags while it is mapped");
    expect(!grant_revoke(8), "the granter cannot take it back");
    expect_eq(window[3], 0x1234, "the mapping shows the page");
    window[4] = 0x5678;
    expect_eq(page[4], 0x5678, "and writes it");

    expect_eq(grant_unmap_at(window, op.handle), GNTST_okay, "it is unmapped");
    expect_eq(grant_table[8].flags, GRANTED, "the flags afterwards");
    expect_eq(pte_read((uint64_t)window, 1), 0, "the entry afterwards");
    expect(try_read(window, NULL).trapped, "nothing is there any more");
    expect(grant_revoke(8), "the granter takes it back");
}

static void check_read_only(uint16_t entry_flags)
{
    volatile uint64_t *window = page_hole();
    grant_handle_t handle;
    struct try_result result;

    grant(9, page, GRANTED | entry_flags);
    handle = grant_map_at(window, 9, GNTMAP_readonly);
    expect_eq(grant_table[9].flags, USED_READING | entry_flags, "the flags while it is mapped");
    expect_eq(window[3], 0x1234, "it can be read");
    result = try_write(&window[3], 1);
    expect(result.trapped && result.vector == VECTOR_PF, "it cannot be written");
    expect_eq(page[3], 0x1234, "and was not");
    expect_eq(grant_unmap_at(window, handle), GNTST_okay, "it is unmapped");
    expect_eq(grant_table[9].flags, GRANTED | entry_flags, "the flags afterwards");
}

static void check_flag_counts(void)
{
    void *window[3] = { page_hole(), page_hole(), page_hole() };
    grant_handle_t handle[3];

    grant(10, page, GRANTED);
    handle[0] = grant_map_at(window[0], 10, GNTMAP_readonly);
    handle[1] = grant_map_at(window[1], 10, 0);
    handle[2] = grant_map_at(window[2], 10, 0);
    expect_eq(grant_unmap_at(window[1], handle[1]), GNTST_okay, "one of two for writing ends");
    expect_eq(grant_table[10].flags, USED_WRITING, "the other is still there");
    expect_eq(grant_unmap_at(window[2], handle[2]), GNTST_okay, "the other ends");
    expect_eq(grant_table[10].flags, USED_READING, "one for reading is still there");
    expect_eq(grant_unmap_at(window[0], handle[0]), GNTST_okay, "the last ends");
    expect_eq(grant_table[10].flags, GRANTED, "nobody uses it");
}

static void check_software_bits(void)
{
    void *window = page_hole();
    grant_handle_t handle;

    grant(11, page, GRANTED);
    handle = grant_map_at(window, 11, GNTMAP_application_map | 3u << 16);
    expect_eq(pte_read((uint64_t)window, 1) & PTE_AVAILABLE_LOW, 3UL << 9,
              "software bits come from the flags");
    expect_eq(grant_unmap_at(window, handle), GNTST_okay, "it is unmapped");
}

void test_main(void)
{
    grants_setup();
    check_writable();
    check_read_only(0);
    check_read_only(GTF_readonly);
    check_flag_counts();
    check_software_bits();
}
