/* SPDX-License-Identifier: MIT */
/*
 * A domain lets another one use its page, and no third one; the user gets no more out of it than
 * the grant says, by whatever call. (abi-facts 7.4, 11.3)
 *
 * Machine: domains=2
 */
#include "grants.h"

#define FOR_CONTROL 8u /* entries of neighbour 1 */
#define FOR_READING 9u

static volatile uint64_t page[512] PAGE_ALIGNED;
static volatile uint64_t other[512] PAGE_ALIGNED;

static struct gnttab_map_grant_ref map_op(void *window, unsigned ref, uint16_t domain)
{
    return (struct gnttab_map_grant_ref){
        .host_addr = (uint64_t)window, .flags = GNTMAP_host_map, .ref = ref, .dom = domain
    };
}

/* ---- neighbour 1 grants to the control domain, then maps what that granted ---- */

static void grant_to_control(void)
{
    page[0] = 0x1234;
    other[0] = 0x4321;
    grant_mfn(FOR_CONTROL, CONTROL_DOMAIN, mfn_of(page), GRANTED);
    grant_mfn(FOR_READING, CONTROL_DOMAIN, mfn_of(other), GRANTED | GTF_readonly);
    meet(CONTROL_DOMAIN);

    /* The control domain has them mapped now. */
    meet(CONTROL_DOMAIN);
    expect_eq(page[1], 0x5678, "what the control domain wrote");
    expect_eq(grant_table[FOR_CONTROL].flags, USED_WRITING, "the flags of the first");
    expect_eq(grant_table[FOR_READING].flags, USED_READING | GTF_readonly, "of the second");
    expect(!grant_revoke(FOR_CONTROL), "it cannot be taken back");
    require_eq(map_page(page, entry_of(page, PTE_RO)), 0, "read-only for us");
    expect_eq(mmu_extended(MMUEXT_PIN_L1_TABLE, mfn_of(page)), -XEN_EINVAL,
              "a page that others write becomes no page table");
    meet(CONTROL_DOMAIN);

    /* And now it has not. */
    meet(CONTROL_DOMAIN);
    expect(grant_revoke(FOR_CONTROL) && grant_revoke(FOR_READING), "both can be taken back");
    memset((void *)(uint64_t)other, 0, sizeof(other));
    require_eq(map_page(other, entry_of(other, PTE_RO)), 0, "read-only for us");
    expect_eq(mmu_extended(MMUEXT_PIN_L1_TABLE, mfn_of(other)), 0, "and become page tables");
    expect_eq(mmu_extended(MMUEXT_UNPIN_TABLE, mfn_of(other)), 0, "for a while");
}

/* A mapping of somebody else's frame gives no more rights than the grant did. */
static void try_to_get_more(volatile uint64_t *window, uint64_t entry)
{
    volatile uint64_t *elsewhere = page_hole();
    uint64_t frame = entry & PTE_ADDRESS_MASK;

    expect(map_page(elsewhere, frame | PTE_RO) < 0, "its entry cannot be copied");
    expect(map_page(window, frame | PTE_RW) < 0, "nor made writable");
    expect(map_page(elsewhere, frame | PTE_RW) < 0, "nor both");
    expect_eq(pte_read((uint64_t)window, 1), entry, "it is as it was");
    expect(mmu_extended(MMUEXT_PIN_L1_TABLE, frame >> 12) < 0, "it is no page table of ours");

    /* Nor granted on: as an entry of ours for ourselves, it is no frame of ours. */
    struct gnttab_map_grant_ref op = map_op(page_hole(), 20, 1);
    grant_mfn(20, 1, frame >> 12, GRANTED);
    op.flags |= GNTMAP_readonly;
    expect_eq(grant_map(&op), GNTST_bad_page, "it cannot be granted on");
}

static void use_the_controls(uint32_t id)
{
    void *window = page_hole();
    struct gnttab_map_grant_ref op = map_op(window, FOR_READING, CONTROL_DOMAIN);

    (void)id;
    meet(CONTROL_DOMAIN);
    expect_eq(grant_map(&op), GNTST_general_error, "for writing");
    op.flags |= GNTMAP_readonly;
    require_eq(grant_map(&op), GNTST_okay, "for reading");
    expect_eq(*(volatile uint64_t *)window, 0x9999, "what the control domain has there");
    try_to_get_more(window, pte_read((uint64_t)window, 1));
    expect_eq(grant_unmap_at(window, op.handle), GNTST_okay, "it is unmapped");
    meet(CONTROL_DOMAIN);
}

/* ---- neighbour 2 gets nothing ---- */

static void steal(void)
{
    void *window = page_hole();
    struct gnttab_map_grant_ref op = map_op(window, FOR_CONTROL, 1);
    struct gnttab_query_size size = { .dom = 1 };
    struct gnttab_setup_table setup = { .dom = 1, .nr_frames = 1, .frame_list = (uint64_t)page };

    meet(CONTROL_DOMAIN);
    expect_eq(grant_map(&op), GNTST_general_error, "a grant for somebody else");
    op.ref = FOR_READING;
    op.flags |= GNTMAP_readonly;
    expect_eq(grant_map(&op), GNTST_general_error, "also for reading");
    expect_eq(hypercall(grant_table_op, GNTTABOP_query_size, &size, 1), 0, "query_size");
    expect_eq(size.status, GNTST_permission_denied, "the size of another's table");
    expect_eq(hypercall(grant_table_op, GNTTABOP_setup_table, &setup, 1), 0, "setup_table");
    expect_eq(setup.status, GNTST_permission_denied, "another's table");
    expect_eq(page[0], 0, "its frames are not told");
    meet(CONTROL_DOMAIN);
}

void neighbour_main(uint32_t id)
{
    grants_setup();
    if (id == 2) {
        steal();
    } else {
        grant_to_control();
        use_the_controls(id);
    }
}

/* ---- the control domain ---- */

static void use_the_neighbours(void)
{
    volatile uint64_t *window[2] = { page_hole(), page_hole() };
    grant_handle_t handle[2];

    meet(1);
    handle[0] = grant_map_of(1, window[0], FOR_CONTROL, 0);
    handle[1] = grant_map_of(1, window[1], FOR_READING, GNTMAP_readonly);
    expect_eq(window[0][0], 0x1234, "what the neighbour wrote");
    expect_eq(window[1][0], 0x4321, "in both pages");
    window[0][1] = 0x5678;
    expect(try_write(&window[1][1], 1).trapped, "the second cannot be written");
    meet(2);
    meet(2);
    meet(1);

    /* The neighbour has looked at it. */
    meet(1);
    for (unsigned i = 0; i < 2; i++) {
        expect_eq(grant_unmap_at(window[i], handle[i]), GNTST_okay, "it is unmapped");
        expect(try_read(window[i], NULL).trapped, "and gone");
    }
    meet(1);
}

void test_main(void)
{
    grants_setup();
    page[0] = 0x9999;
    grant_mfn(FOR_READING, 1, mfn_of(page), GRANTED | GTF_readonly);
    use_the_neighbours();
    meet(1);
    meet(1);
    expect_eq(grant_table[FOR_READING].flags, GRANTED | GTF_readonly, "nobody uses ours");
    neighbour_wait(2);
    neighbour_wait(1);
}
