/* SPDX-License-Identifier: MIT */
/*
 * With GNTMAP_contains_pte, host_addr is the machine address of the page-table entry to write. It
 * must be aligned and in an L1 table of the caller's (XSA-227), and the mapping ends by the same
 * address.
 */
#include "grants.h"

static volatile uint64_t page[512] PAGE_ALIGNED;
static volatile uint64_t data[512] PAGE_ALIGNED;
static volatile uint64_t *window;

static struct gnttab_map_grant_ref map_op(uint64_t place)
{
    return (struct gnttab_map_grant_ref){ .host_addr = place,
                                          .flags = GNTMAP_host_map | GNTMAP_contains_pte,
                                          .ref = 8,
                                          .dom = OWN_DOMAIN };
}

static void expect_refused(uint64_t place, const char *what)
{
    struct gnttab_map_grant_ref op = map_op(place);

    expect_eq(grant_map(&op), GNTST_general_error, what);
    expect_eq(grant_table[8].flags, GRANTED, what);
}

static void check_refusals(uint64_t place)
{
    uint64_t upper = pte_address((uint64_t)window, 2);

    for (unsigned i = 1; i < 8; i++)
        expect_refused(place + i, "an entry that is not aligned");
    expect_refused(upper, "an entry of an L2 table");
    expect_refused(pte_address((uint64_t)window, 4), "an entry of an L4 table");
    expect_refused(maddr_of(data), "a page that is no table");
    expect_refused(grant_frame << 12, "the grant table");
    expect_refused(0, "low memory");
    expect_refused(0xfee00000, "the local APIC");
    expect_refused(1UL << 40, "no memory");
    expect_refused(~7UL, "no address");
    expect_eq(data[0], 0, "the page is as it was");
    expect(pte_read((uint64_t)window, 2) & PTE_PRESENT, "the L2 table is as it was");
    expect_eq(pte_read((uint64_t)window, 1), 0, "the entry is as it was");
}

static void check_mapping(uint64_t place)
{
    struct gnttab_map_grant_ref op = map_op(place);
    struct gnttab_unmap_grant_ref end;

    require_eq(grant_map(&op), GNTST_okay, "by the entry's address");
    page[7] = 99;
    expect_eq(window[7], 99, "the mapping shows the page");

    end = (struct gnttab_unmap_grant_ref){ .host_addr = (uint64_t)window, .handle = op.handle };
    expect_eq(grant_unmap(&end), GNTST_general_error, "an end by virtual address");
    end.host_addr = place + 8;
    expect_eq(grant_unmap(&end), GNTST_general_error, "an end by another entry");
    end.host_addr = place + 1;
    expect_eq(grant_unmap(&end), GNTST_general_error, "an end by no entry");
    expect_eq(window[7], 99, "it is still there");
    end.host_addr = place;
    expect_eq(grant_unmap(&end), GNTST_okay, "its end");
    expect(try_read(window, NULL).trapped, "nothing is there any more");
    expect_eq(grant_table[8].flags, GRANTED, "nobody uses the grant");
}

void test_main(void)
{
    uint64_t place;

    grants_setup();
    window = page_hole();
    place = pte_address((uint64_t)window, 1);
    grant(8, page, GRANTED);
    check_refusals(place);
    check_mapping(place);
}
