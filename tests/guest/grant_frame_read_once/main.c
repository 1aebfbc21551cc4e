/* SPDX-License-Identifier: MIT */
/*
 * The frame of an entry is read once, when it comes into use. Whatever the granter writes there
 * later is for later: mappings that join show the same frame, and each end finds its own. (XSA-155)
 */
#include "grants.h"

static volatile uint64_t first[512] PAGE_ALIGNED;
static volatile uint64_t second[512] PAGE_ALIGNED;

void test_main(void)
{
    volatile uint64_t *window[2];
    grant_handle_t handle[2];

    grants_setup();
    first[0] = 1;
    second[0] = 2;
    for (unsigned i = 0; i < 2; i++)
        window[i] = page_hole();
    grant(8, first, GRANTED);
    handle[0] = grant_map_at(window[0], 8, 0);
    grant_table[8].frame = (uint32_t)mfn_of(second);
    handle[1] = grant_map_at(window[1], 8, 0);
    expect_eq(window[1][0], 1, "a mapping that joins shows the same frame");

    /* The flags are the granter's to destroy, too; it only deceives itself. */
    grant_table[8].flags = 0;
    grant_table[8].domid = 5;
    for (unsigned i = 0; i < 2; i++)
        expect_eq(grant_unmap_at(window[i], handle[i]), GNTST_okay, "each can end");

    grant(8, second, GRANTED);
    handle[0] = grant_map_at(window[0], 8, 0);
    expect_eq(window[0][0], 2, "the next use shows the new frame");
    expect_eq(grant_unmap_at(window[0], handle[0]), GNTST_okay, "and ends");
}
