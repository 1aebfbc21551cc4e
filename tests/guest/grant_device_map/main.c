/* SPDX-License-Identifier: MIT */
/*
 * A mapping for devices (GNTMAP_device_map) has no page-table entry, keeps the frame by itself and
 * tells its bus address. Made together with a host mapping under one handle, each part ends on its
 * own, and the handle with the last.
 */
#include "grants.h"

static volatile uint64_t page[512] PAGE_ALIGNED;

static void check_alone(uint32_t flags, uint16_t used)
{
    struct gnttab_map_grant_ref op = { .flags = GNTMAP_device_map | flags,
                                       .ref = 8,
                                       .dom = OWN_DOMAIN };
    struct gnttab_unmap_grant_ref end = { 0 };

    require_eq(grant_map(&op), GNTST_okay, "a mapping for devices");
    expect_eq(op.dev_bus_addr, maddr_of(page), "its bus address");
    expect_eq(grant_table[8].flags, used, "the flags while it is there");
    end.handle = op.handle;
    end.dev_bus_addr = op.dev_bus_addr;
    expect_eq(grant_unmap(&end), GNTST_okay, "its end");
    expect_eq(grant_table[8].flags, GRANTED, "nobody uses the grant");
}

static void check_both(bool host_first)
{
    void *window = page_hole();
    struct gnttab_map_grant_ref op = { .host_addr = (uint64_t)window,
                                       .flags = GNTMAP_device_map | GNTMAP_host_map,
                                       .ref = 8,
                                       .dom = OWN_DOMAIN };
    struct gnttab_unmap_grant_ref ends[2] = { { 0 }, { 0 } };

    require_eq(grant_map(&op), GNTST_okay, "both kinds");
    ends[0].handle = ends[1].handle = op.handle;
    ends[!host_first].host_addr = (uint64_t)window;
    ends[host_first].dev_bus_addr = op.dev_bus_addr;
    expect_eq(grant_unmap(&ends[0]), GNTST_okay, "the end of one part");
    expect_eq(grant_table[8].flags, USED_WRITING, "the other is still there");
    expect_eq(grant_unmap(&ends[0]), GNTST_okay, "what is gone cannot end again");
    expect_eq(grant_table[8].flags, USED_WRITING, "and changes nothing");
    expect_eq(grant_unmap(&ends[1]), GNTST_okay, "the end of the other part");
    expect_eq(grant_table[8].flags, GRANTED, "nobody uses the grant");
    expect_eq(grant_unmap(&ends[0]), GNTST_bad_handle, "the handle is gone");
}

/* A page that a device may write becomes no page table. */
static void check_type(void)
{
    struct gnttab_map_grant_ref op = { .flags = GNTMAP_device_map, .ref = 8, .dom = OWN_DOMAIN };
    struct mmuext_op pin = { .cmd = MMUEXT_PIN_L1_TABLE };
    struct mmuext_op unpin = { .cmd = MMUEXT_UNPIN_TABLE };
    struct gnttab_unmap_grant_ref end = { 0 };
    void *table = page_new();

    pin.arg1.mfn = unpin.arg1.mfn = mfn_of(table);
    grant(8, table, GRANTED);
    require_eq(grant_map(&op), GNTST_okay, "a mapping for devices");
    require_eq(map_page(table, entry_of(table, PTE_RO)), 0, "the page is read-only for us");
    expect_eq(hypercall(mmuext_op, &pin, 1, NULL, DOMID_SELF), -XEN_EINVAL,
              "it cannot be made a page table");
    end.handle = op.handle;
    end.dev_bus_addr = op.dev_bus_addr;
    expect_eq(grant_unmap(&end), GNTST_okay, "the mapping ends");
    expect_eq(hypercall(mmuext_op, &pin, 1, NULL, DOMID_SELF), 0, "now it can");
    expect_eq(grant_map(&op), GNTST_general_error, "a page table is not for devices to write");
    expect_eq(hypercall(mmuext_op, &unpin, 1, NULL, DOMID_SELF), 0, "it is unpinned");
}

void test_main(void)
{
    grants_setup();
    grant(8, page, GRANTED);
    check_alone(0, USED_WRITING);
    check_alone(GNTMAP_readonly, USED_READING);
    check_both(true);
    check_both(false);
    check_type();
}
