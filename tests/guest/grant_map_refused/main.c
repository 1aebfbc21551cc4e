/* SPDX-License-Identifier: MIT */
/*
 * A grant is used only as its entry says: by that domain, of that type, for reading only if so
 * marked; the frame is ordinary RAM of the granter, and no page table where it is mapped writable.
 * A refusal leaves entry, page-table entry and flags as they were. (abi-facts 7.4, 11.3)
 */
#include "grants.h"

static uint64_t page[512] PAGE_ALIGNED;
static void *window;

static struct gnttab_map_grant_ref map_op(unsigned ref)
{
    return (struct gnttab_map_grant_ref){
        .host_addr = (uint64_t)window, .flags = GNTMAP_host_map, .ref = ref, .dom = OWN_DOMAIN
    };
}

static void expect_refused(struct gnttab_map_grant_ref op, int status, const char *what)
{
    uint16_t flags = grant_table[8].flags;

    expect_eq(grant_map(&op), status, what);
    expect_eq(grant_table[8].flags, flags, what);
    expect_eq(pte_read((uint64_t)window, 1), 0, what);
}

static void check_entry(void)
{
    static const uint16_t types[] = { GTF_invalid, GTF_accept_transfer, GTF_transitive };
    struct gnttab_map_grant_ref op = map_op(8);

    for (unsigned i = 0; i < ARRAY_COUNT(types); i++) {
        grant(8, page, types[i]);
        expect_refused(op, GNTST_general_error, "an entry of another type");
    }
    grant_mfn(8, 5, mfn_of(page), GRANTED);
    expect_refused(op, GNTST_general_error, "an entry for another domain");
    grant(8, page, GRANTED | GTF_readonly);
    expect_refused(op, GNTST_general_error, "an entry for reading only");
    grant(8, page, GRANTED);
    op.ref = GRANTS_IN_FRAME;
    expect_refused(op, GNTST_bad_gntref, "an entry beyond the table");
    op.ref = ~0u;
    expect_refused(op, GNTST_bad_gntref, "the last entry there could be");
    op = map_op(8);
    op.dom = 77;
    expect_refused(op, GNTST_bad_domain, "a domain that does not exist");
    op.dom = DOMID_XEN;
    expect_refused(op, GNTST_bad_domain, "the hypervisor");
    op = map_op(8);
    op.flags = GNTMAP_readonly;
    expect_refused(op, GNTST_bad_gntref, "no mapping at all");
}

static void check_frames(void)
{
    uint64_t frames[] = {
        grant_frame,                   /* the grant table */
        start_info->shared_info >> 12, /* the shared page */
        0,                             /* low memory */
        0xb8,                          /* the screen */
        0xfee00,                       /* the local APIC */
        0xfffff,                       /* firmware */
        0xffffffff,                    /* nothing */
        0x100,                         /* the hypervisor's image begins there */
    };

    for (unsigned i = 0; i < ARRAY_COUNT(frames); i++) {
        struct gnttab_map_grant_ref op = map_op(8);

        grant_mfn(8, OWN_DOMAIN, frames[i], GRANTED);
        expect_refused(op, GNTST_bad_page, "a frame that is not ordinary RAM of the granter");
        op.flags |= GNTMAP_readonly;
        expect_refused(op, GNTST_bad_page, "nor for reading");
        op.flags = GNTMAP_device_map;
        expect_refused(op, GNTST_bad_page, "nor for devices");
    }
}

static void check_page_table(void)
{
    uint64_t table = pte_address((uint64_t)window, 1) >> 12;
    struct gnttab_map_grant_ref op = map_op(8);
    grant_handle_t handle;

    grant_mfn(8, OWN_DOMAIN, table, GRANTED);
    expect_refused(op, GNTST_general_error, "a page table for writing");
    op.flags = GNTMAP_device_map;
    expect_refused(op, GNTST_general_error, "a page table for devices to write");
    handle = grant_map_at(window, 8, GNTMAP_readonly);
    expect_eq(grant_unmap_at(window, handle), GNTST_okay, "for reading it can be had");
}

static void check_addresses(void)
{
    static const uint64_t addresses[] = { 0x0000800000000000, HYPERVISOR_VIRT_START,
                                          HYPERVISOR_VIRT_END - 4096, 0x1000000000, ~0UL };
    struct gnttab_map_grant_ref op = map_op(8);

    grant(8, page, GRANTED);
    for (unsigned i = 0; i < ARRAY_COUNT(addresses); i++) {
        op.host_addr = addresses[i];
        expect_refused(op, GNTST_general_error, "an address without a page table of the guest's");
    }
}

void test_main(void)
{
    grants_setup();
    window = page_hole();
    check_entry();
    check_frames();
    check_page_table();
    check_addresses();
}
