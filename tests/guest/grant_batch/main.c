/* SPDX-License-Identifier: MIT */
/*
 * An array of operations: each entry has its own status, written for every entry, and one that
 * fails stops none of the others. A long array is preempted and goes on, each entry done once. An
 * array that cannot be reached is -EFAULT, a negative count -EINVAL. (XSA-316, 318)
 */
#include "grants.h"

#define COUNT 1000u

static volatile uint64_t page[512] PAGE_ALIGNED;
static struct gnttab_map_grant_ref maps[COUNT];
static struct gnttab_unmap_grant_ref unmaps[COUNT];

static bool is_bad(unsigned i)
{
    return i % 7 == 3;
}

static void map_all(void)
{
    for (unsigned i = 0; i < COUNT; i++) {
        maps[i] = (struct gnttab_map_grant_ref){ .flags = GNTMAP_device_map | GNTMAP_readonly,
                                                 .ref = is_bad(i) ? 100000 + i : 8,
                                                 .dom = OWN_DOMAIN,
                                                 .status = 77 };
    }
    expect_eq(hypercall(grant_table_op, GNTTABOP_map_grant_ref, maps, COUNT), 0, "a long array");
    for (unsigned i = 0; i < COUNT; i++)
        expect_eq(maps[i].status, is_bad(i) ? GNTST_bad_gntref : GNTST_okay, "its entry");
}

static void check_handles_differ(void)
{
    static uint8_t seen[COUNT];

    for (unsigned i = 0; i < COUNT; i++) {
        if (is_bad(i))
            continue;
        require(maps[i].handle < COUNT, "handles are small numbers");
        expect_eq(seen[maps[i].handle]++, 0, "no handle comes twice");
    }
}

static void unmap_all(void)
{
    for (unsigned i = 0; i < COUNT; i++)
        unmaps[i] = (struct gnttab_unmap_grant_ref){ .dev_bus_addr = maddr_of(page),
                                                     .handle = is_bad(i) ? ~0u : maps[i].handle,
                                                     .status = 77 };
    expect_eq(hypercall(grant_table_op, GNTTABOP_unmap_grant_ref, unmaps, COUNT), 0,
              "a long array");
    for (unsigned i = 0; i < COUNT; i++)
        expect_eq(unmaps[i].status, is_bad(i) ? GNTST_bad_handle : GNTST_okay, "its entry");
    expect_eq(grant_table[8].flags, GRANTED, "nobody uses the grant");
}

static void check_faults(void)
{
    struct gnttab_map_grant_ref *end = page_new();
    void *hole = page_hole();

    require_eq((uint64_t)hole - (uint64_t)end, 4096, "the pages are neighbours");
    end += 126;
    for (unsigned i = 0; i < 2; i++)
        end[i] = (struct gnttab_map_grant_ref){ .ref = 100000, .dom = OWN_DOMAIN };
    expect_eq(hypercall(grant_table_op, GNTTABOP_map_grant_ref, end, 3), -XEN_EFAULT,
              "an array that ends where nothing is mapped");
    expect_eq(hypercall(grant_table_op, GNTTABOP_map_grant_ref, HYPERVISOR_VIRT_START, 1),
              -XEN_EFAULT, "an array in the hole");
    expect_eq(hypercall(grant_table_op, GNTTABOP_map_grant_ref, ~0UL - 31, 2), -XEN_EFAULT,
              "an array that wraps");
    expect_eq(hypercall(grant_table_op, GNTTABOP_map_grant_ref, maps, 0x80000000), -XEN_EINVAL,
              "a negative count");
    expect_eq(hypercall(grant_table_op, GNTTABOP_map_grant_ref, NULL, 0), 0, "an empty array");
    expect_eq(map_page(end, entry_of(end, PTE_RO)), 0, "read-only");
    expect_eq(hypercall(grant_table_op, GNTTABOP_map_grant_ref, end, 1), -XEN_EFAULT,
              "an array that cannot be written");
}

void test_main(void)
{
    grants_setup();
    grant(8, page, GRANTED);
    map_all();
    check_handles_differ();
    unmap_all();
    check_faults();
}
