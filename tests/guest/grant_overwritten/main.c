/* SPDX-License-Identifier: MIT */
/*
 * The page-table entry of a mapping holds its references like any other. A guest that overwrites
 * it by other means gets no second release: the handle stays, the grant stays in use, and the page
 * is still the granter's. (abi-facts 7.4, "who holds what")
 */
#include "grants.h"

static volatile uint64_t page[512] PAGE_ALIGNED;

void test_main(void)
{
    void *window;
    grant_handle_t handle, other;

    grants_setup();
    window = page_hole();
    grant(8, page, GRANTED);
    handle = grant_map_at(window, 8, 0);
    require_eq(map_page(window, 0), 0, "the entry is cleared by update_va_mapping");
    expect_eq(grant_unmap_at(window, handle), GNTST_general_error, "nothing is there to unmap");
    expect_eq(grant_table[8].flags, USED_WRITING, "the grant is still in use");

    /* The second mapping can end the first handle, since the two cannot be told apart. */
    other = grant_map_at(window, 8, 0);
    expect_eq(grant_unmap_at(window, handle), GNTST_okay, "the first handle ends");
    expect_eq(grant_table[8].flags, USED_WRITING, "the second is in use");
    require_eq(map_page(window, entry_of(page, PTE_RW)), 0, "an own mapping of the same frame");
    expect_eq(grant_unmap_at(window, other), GNTST_okay, "ends the second");
    expect_eq(grant_table[8].flags, GRANTED, "nobody uses the grant");

    /* If any reference had been dropped twice, the page would not be ours to map any more. */
    page[0] = 1;
    for (unsigned i = 0; i < 100; i++) {
        handle = grant_map_at(window, 8, 0);
        expect_eq(grant_unmap_at(window, handle), GNTST_okay, "map and unmap");
    }
    expect_eq(map_page(window, entry_of(page, PTE_RW)), 0, "the page is still ours");
    expect_eq(*(volatile uint64_t *)window, 1, "and what it was");
}
