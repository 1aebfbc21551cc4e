/* SPDX-License-Identifier: MIT */
/*
 * unmap_grant_ref ends exactly the mapping that its handle names: handle in use, address where
 * that frame is mapped, read-only or writable as it was made, bus address of the frame. Anything
 * else is refused and leaves mapping and flags. (XSA-224, 228, 234)
 */
#include "grants.h"

static volatile uint64_t page[512] PAGE_ALIGNED;
static void *window, *reading;
static grant_handle_t handle, reading_handle;

static void expect_mapped(const char *what)
{
    expect_eq(grant_table[8].flags, USED_WRITING, what);
    expect_eq(*(volatile uint64_t *)window, 42, what);
}

static void check_handles(void)
{
    static const grant_handle_t handles[] = { 2, 255, 256, 1024, 0x7fffffff, 0xffffffff };

    for (unsigned i = 0; i < ARRAY_COUNT(handles); i++)
        expect_eq(grant_unmap_at(window, handles[i]), GNTST_bad_handle, "a handle not in use");
    expect_mapped("after a wrong handle");
}

static void check_addresses(void)
{
    expect_eq(grant_unmap_at(page_hole(), handle), GNTST_general_error, "nothing is mapped there");
    expect_eq(grant_unmap_at(page_new(), handle), GNTST_general_error, "something else is");
    expect_eq(grant_unmap_at((void *)HYPERVISOR_VIRT_START, handle), GNTST_general_error,
              "in the hole");
    expect_eq(grant_unmap_at((void *)0x1000000000, handle), GNTST_general_error, "no table");
    expect_mapped("after a wrong address");
}

static void check_rights(void)
{
    expect_eq(grant_unmap_at(reading, handle), GNTST_general_error,
              "a handle for writing at a mapping for reading");
    expect_eq(grant_unmap_at(window, reading_handle), GNTST_general_error,
              "a handle for reading at a mapping for writing");
    expect_mapped("after a mix of rights");
}

static void check_bus_address(void)
{
    struct gnttab_map_grant_ref op = { .flags = GNTMAP_device_map, .ref = 8, .dom = OWN_DOMAIN };
    struct gnttab_unmap_grant_ref end = { 0 };

    require_eq(grant_map(&op), GNTST_okay, "a mapping for devices");
    end.handle = op.handle;
    end.dev_bus_addr = op.dev_bus_addr + 4096;
    expect_eq(grant_unmap(&end), GNTST_general_error, "another bus address");
    end.dev_bus_addr = op.dev_bus_addr + 1;
    expect_eq(grant_unmap(&end), GNTST_general_error, "a bus address inside the frame");
    end.dev_bus_addr = 0;
    end.host_addr = (uint64_t)window;
    expect_eq(grant_unmap(&end), GNTST_okay, "a part that it does not have");
    expect_mapped("after a host part that the handle does not have");
    end.host_addr = 0;
    end.dev_bus_addr = op.dev_bus_addr;
    expect_eq(grant_unmap(&end), GNTST_okay, "its end");
    expect_eq(grant_unmap(&end), GNTST_bad_handle, "its end again");
}

static void check_twice_in_one_call(void)
{
    struct gnttab_unmap_grant_ref ops[2];

    ops[0] = ops[1] =
        (struct gnttab_unmap_grant_ref){ .host_addr = (uint64_t)window, .handle = handle };
    expect_eq(hypercall(grant_table_op, GNTTABOP_unmap_grant_ref, ops, 2), 0, "one call");
    expect_eq(ops[0].status, GNTST_okay, "the first end");
    expect_eq(ops[1].status, GNTST_bad_handle, "the second end");
}

void test_main(void)
{
    grants_setup();
    window = page_hole();
    reading = page_hole();
    page[0] = 42;
    grant(8, page, GRANTED);
    handle = grant_map_at(window, 8, 0);
    reading_handle = grant_map_at(reading, 8, GNTMAP_readonly);
    check_handles();
    check_addresses();
    check_rights();
    check_bus_address();
    check_twice_in_one_call();
    expect_eq(grant_table[8].flags, USED_READING, "the one for reading is still there");
    expect_eq(grant_unmap_at(reading, reading_handle), GNTST_okay, "its end");
    expect_eq(grant_table[8].flags, GRANTED, "nobody uses the grant");
}
