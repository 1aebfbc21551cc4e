/* SPDX-License-Identifier: MIT */
/*
 * unmap_and_replace ends a mapping and moves the entry of another address there, which becomes
 * empty: a kernel gets its own page back without a moment in which nothing is mapped.
 */
#include "grants.h"

static volatile uint64_t page[512] PAGE_ALIGNED;

static void check_move(void)
{
    volatile uint64_t *window = page_hole();
    volatile uint64_t *spare = page_new();
    uint64_t spare_entry = pte_read((uint64_t)spare, 1);
    struct gnttab_unmap_and_replace op = { .host_addr = (uint64_t)window,
                                           .new_addr = (uint64_t)spare };

    spare[0] = 7;
    op.handle = grant_map_at(window, 8, 0);
    expect_eq(grant_replace(&op), GNTST_okay, "the mapping is replaced");
    expect_eq(window[0], 7, "the other page is there now");
    expect_eq(pte_read((uint64_t)window, 1) & PTE_ADDRESS_MASK, spare_entry & PTE_ADDRESS_MASK,
              "by its entry");
    expect(try_read(spare, NULL).trapped, "and no longer where it was");
    expect_eq(grant_table[8].flags, GRANTED, "nobody uses the grant");
    expect_eq(grant_replace(&op), GNTST_bad_handle, "the handle is gone");
    window[0] = 8;
    expect_eq(map_page(spare, spare_entry), 0, "the page can be mapped where it was");
    expect_eq(spare[0], 8, "and is the same");
}

static void check_refusals(void)
{
    volatile uint64_t *window = page_hole();
    volatile uint64_t *spare = page_new();
    grant_handle_t handle = grant_map_at(window, 8, 0);
    const struct {
        const volatile void *host, *other;
        const char *what;
    } cases[] = {
        { window, window, "itself" },
        { spare, window, "not the mapping" },
        { page_hole(), spare, "no mapping" },
        { window, (void *)HYPERVISOR_VIRT_START, "from the hole" },
        { window, (void *)0x1000000000, "from where no table is" },
    };

    page[0] = 1;
    spare[0] = 2;
    for (unsigned i = 0; i < ARRAY_COUNT(cases); i++) {
        struct gnttab_unmap_and_replace op = { .host_addr = (uint64_t)cases[i].host,
                                               .new_addr = (uint64_t)cases[i].other,
                                               .handle = handle };

        expect_eq(grant_replace(&op), GNTST_general_error, cases[i].what);
        expect_eq(window[0], 1, cases[i].what);
        expect_eq(spare[0], 2, cases[i].what);
    }
    expect_eq(grant_table[8].flags, USED_WRITING, "it is still mapped");
    expect_eq(grant_unmap_at(window, handle), GNTST_okay, "and ends as any other");
}

static void check_without_other(void)
{
    void *window = page_hole();
    struct gnttab_unmap_and_replace op = { .host_addr = (uint64_t)window };

    op.handle = grant_map_at(window, 8, GNTMAP_readonly);
    expect_eq(grant_replace(&op), GNTST_okay, "without another address it is an unmap");
    expect_eq(pte_read((uint64_t)window, 1), 0, "nothing is there");
}

void test_main(void)
{
    grants_setup();
    grant(8, page, GRANTED);
    check_move();
    check_refusals();
    check_without_other();
}
