/* SPDX-License-Identifier: MIT */
/* Ending mappings: what must match, what a guest can get wrong, and when the granter learns it. */
#include "arch/ipi.h"
#include "grant_world.h"
#include "mm/heap.h"

static mfn_t page;
static grant_handle_t handle; /* writable, at slot 1 */

static void start(void)
{
    world_start();
    page = guest_page(granter.d);
    grant_to(&granter, 8, &mapper, page, GTF_permit_access);
    run(&mapper);
    handle = map_at(&mapper, &granter, 8, 1, 0);
}

static void expect_still_mapped(void)
{
    ck_assert_uint_eq(flags_of(&granter, 8), GTF_permit_access | GTF_reading | GTF_writing);
    ck_assert_uint_eq(references(page), 2);
    ck_assert_uint_eq(slot_entry(&mapper, 1) & PTE_ADDRESS_MASK, mfn_to_maddr(page).value);
}

TEST(grant_unmap, needs_a_handle_in_use)
{
    static const grant_handle_t handles[] = { 1, 255, 256, 100000, UINT32_MAX };

    start();
    for (unsigned i = 0; i < sizeof(handles) / sizeof(handles[0]); i++)
        ck_assert_int_eq(unmap_at(&mapper, handles[i], 1), GNTST_bad_handle);
    expect_still_mapped();
    /* Handles are each domain's own. */
    run(&control);
    ck_assert_int_eq(unmap_at(&control, handle, 1), GNTST_bad_handle);
    run(&mapper);
    ck_assert_int_eq(unmap_at(&mapper, handle, 1), GNTST_okay);
    ck_assert_int_eq(unmap_at(&mapper, handle, 1), GNTST_bad_handle);
}

TEST(grant_unmap, of_no_part_does_nothing)
{
    struct gnttab_unmap_grant_ref op = { .handle = 0 };

    start();
    op.handle = handle;
    ck_assert_int_eq(do_unmap(&mapper, &op), GNTST_okay);
    expect_still_mapped();
    ck_assert_uint_eq(flushes, 0);
    op.dev_bus_addr = mfn_to_maddr(page).value; /* a part it does not have */
    ck_assert_int_eq(do_unmap(&mapper, &op), GNTST_okay);
    expect_still_mapped();
}

TEST(grant_unmap, needs_the_address_of_the_mapping)
{
    start();
    ck_assert_int_eq(unmap_at(&mapper, handle, 2), GNTST_general_error);    /* absent */
    ck_assert_int_eq(unmap_at(&mapper, handle, 512), GNTST_general_error);  /* own page */
    ck_assert_int_eq(unmap_at(&mapper, handle, 2000), GNTST_general_error); /* no table */
    expect_still_mapped();
    ck_assert_uint_eq(flushes, 0);
    ck_assert_uint_ne(entry_at(mapper.tree.l1[0][1], 0), 0);
}

TEST(grant_unmap, for_reading_and_for_writing_do_not_mix)
{
    grant_handle_t reading;

    start();
    reading = map_at(&mapper, &granter, 8, 2, GNTMAP_readonly);
    ck_assert_int_eq(unmap_at(&mapper, handle, 2), GNTST_general_error);
    ck_assert_int_eq(unmap_at(&mapper, reading, 1), GNTST_general_error);
    ck_assert_int_eq(unmap_at(&mapper, reading, 2), GNTST_okay);
    expect_still_mapped();
    ck_assert_int_eq(unmap_at(&mapper, handle, 1), GNTST_okay);
}

TEST(grant_unmap, equal_mappings_may_swap_their_addresses)
{
    grant_handle_t other;

    start();
    other = map_at(&mapper, &granter, 8, 2, 0);
    ck_assert_int_eq(unmap_at(&mapper, handle, 2), GNTST_okay);
    ck_assert_uint_eq(flags_of(&granter, 8), GTF_permit_access | GTF_reading | GTF_writing);
    ck_assert_int_eq(unmap_at(&mapper, other, 2), GNTST_general_error);
    ck_assert_int_eq(unmap_at(&mapper, other, 1), GNTST_okay);
    ck_assert_uint_eq(flags_of(&granter, 8), GTF_permit_access);
}

TEST(grant_unmap, an_overwritten_mapping_keeps_its_pin)
{
    start();
    ck_assert_int_eq(do_va(mapper.v, slot_va(1), 0), 0);
    EXPECT_ALL_CONSISTENT();
    ck_assert_uint_eq(references(page), 1);
    ck_assert_int_eq(unmap_at(&mapper, handle, 1), GNTST_general_error);
    ck_assert(!revoke(&granter, 8));
    /* Who maps it again with the same rights can end either. */
    map_at(&mapper, &granter, 8, 3, 0);
    ck_assert_int_eq(unmap_at(&mapper, handle, 3), GNTST_okay);
    ck_assert(!revoke(&granter, 8));
}

TEST(grant_unmap, an_entry_that_became_read_only_is_another_one)
{
    struct gnttab_unmap_grant_ref op;
    mfn_t own;

    start();
    own = guest_page(mapper.d);
    grant_to(&mapper, 9, &mapper, own, GTF_permit_access);
    op = (struct gnttab_unmap_grant_ref){ .host_addr = slot_va(4),
                                          .handle = map_at(&mapper, &mapper, 9, 4, 0) };
    ck_assert_int_eq(do_va(mapper.v, slot_va(4), entry_of(own, LEAF_RO)), 0);
    ck_assert_int_eq(do_unmap(&mapper, &op), GNTST_general_error);
    ck_assert_int_eq(do_va(mapper.v, slot_va(4), entry_of(own, LEAF_RW)), 0);
    ck_assert_int_eq(do_unmap(&mapper, &op), GNTST_okay);
    ck_assert_uint_eq(references(own), 1);
}

/* ---- flushes ---- */

static unsigned flags_at_flush;

static void note_flags(void)
{
    flags_at_flush = flags_of(&granter, 8);
    ck_assert_uint_eq(slot_entry(&mapper, 1), 0);
}

TEST(grant_unmap, the_granter_learns_it_after_the_flush)
{
    start();
    on_flush = note_flags;
    ck_assert_int_eq(unmap_at(&mapper, handle, 1), GNTST_okay);
    on_flush = NULL;
    ck_assert_uint_eq(flushes, 1);
    ck_assert_uint_eq(flags_at_flush, GTF_permit_access | GTF_reading | GTF_writing);
    ck_assert_uint_eq(fake_requests.flush_mask, CPU_MASK(2));
    ck_assert(revoke(&granter, 8));
}

TEST(grant_unmap, a_piece_shares_one_flush)
{
    struct gnttab_unmap_grant_ref ops[GRANT_PIECE];

    start();
    for (unsigned i = 0; i < GRANT_PIECE; i++) {
        uint32_t flags = i % 2 ? GNTMAP_readonly : 0;

        ops[i].host_addr = slot_va(10 + i);
        ops[i].dev_bus_addr = 0;
        ops[i].handle = map_at(&mapper, &granter, 8, 10 + i, flags);
    }
    ops[3].handle = UINT32_MAX;
    ck_assert_int_eq(gnttab_op_unmap_grant_ref(mapper.v, ops, GRANT_PIECE), 0);
    EXPECT_ALL_CONSISTENT();
    for (unsigned i = 0; i < GRANT_PIECE; i++)
        ck_assert_int_eq(ops[i].status, i == 3 ? GNTST_bad_handle : GNTST_okay);
    ck_assert_uint_eq(flushes, 1);
    ck_assert_uint_eq(references(page), 3);
}

TEST(grant_unmap, a_handle_is_ended_once_by_a_piece)
{
    struct gnttab_unmap_grant_ref ops[2];

    start();
    ops[0] = ops[1] = (struct gnttab_unmap_grant_ref){ .host_addr = slot_va(1), .handle = handle };
    ck_assert_int_eq(gnttab_op_unmap_grant_ref(mapper.v, ops, 2), 0);
    EXPECT_ALL_CONSISTENT();
    ck_assert_int_eq(ops[0].status, GNTST_okay);
    ck_assert_int_eq(ops[1].status, GNTST_bad_handle);
    ck_assert_uint_eq(references(page), 1);
}

TEST(grant_unmap, both_parts_of_a_handle_end_in_one_piece)
{
    struct gnttab_unmap_grant_ref ops[2];
    struct gnttab_map_grant_ref both = {
        .host_addr = slot_va(2), .flags = GNTMAP_host_map | GNTMAP_device_map, .ref = 8, .dom = 1
    };

    start();
    ck_assert_int_eq(do_map(&mapper, &both), GNTST_okay);
    ops[0] =
        (struct gnttab_unmap_grant_ref){ .dev_bus_addr = both.dev_bus_addr, .handle = both.handle };
    ops[1] = (struct gnttab_unmap_grant_ref){ .host_addr = slot_va(2), .handle = both.handle };
    ck_assert_int_eq(gnttab_op_unmap_grant_ref(mapper.v, ops, 2), 0);
    EXPECT_ALL_CONSISTENT();
    ck_assert_int_eq(ops[0].status, GNTST_okay);
    ck_assert_int_eq(ops[1].status, GNTST_okay);
    expect_still_mapped();
}

/* ---- unmap_and_replace ---- */

static struct gnttab_unmap_and_replace replace_op(unsigned slot, unsigned new_slot)
{
    return (struct gnttab_unmap_and_replace){ .host_addr = slot_va(slot),
                                              .new_addr = slot_va(new_slot),
                                              .handle = handle };
}

TEST(grant_replace, moves_the_other_entry_there)
{
    struct gnttab_unmap_and_replace op;
    mfn_t own;

    start();
    own = guest_page(mapper.d);
    ck_assert_int_eq(do_va(mapper.v, slot_va(2), entry_of(own, LEAF_RW)), 0);
    op = replace_op(1, 2);
    ck_assert_int_eq(do_replace(&mapper, &op), GNTST_okay);
    ck_assert_uint_eq(slot_entry(&mapper, 1), entry_of(own, LEAF_RW));
    ck_assert_uint_eq(slot_entry(&mapper, 2), 0);
    ck_assert_uint_eq(references(own), 2);
    ck_assert_uint_eq(references(page), 1);
    ck_assert_uint_eq(flags_of(&granter, 8), GTF_permit_access);
    ck_assert_uint_eq(flushes, 1);
    ck_assert_int_eq(do_replace(&mapper, &op), GNTST_bad_handle);
}

TEST(grant_replace, without_a_new_address_is_an_unmap)
{
    struct gnttab_unmap_and_replace op;

    start();
    op = replace_op(1, 0);
    ck_assert_int_eq(do_replace(&mapper, &op), GNTST_okay);
    ck_assert_uint_eq(slot_entry(&mapper, 1), 0);
    ck_assert_uint_eq(references(page), 1);
}

TEST(grant_replace, an_absent_entry_moves_as_well)
{
    struct gnttab_unmap_and_replace op;

    start();
    op = replace_op(1, 2);
    ck_assert_int_eq(do_replace(&mapper, &op), GNTST_okay);
    ck_assert_uint_eq(slot_entry(&mapper, 1), 0);
}

TEST(grant_replace, refusals_change_nothing)
{
    struct gnttab_unmap_and_replace op;
    uint64_t own_entry;

    start();
    own_entry = entry_at(mapper.tree.l1[0][1], 0);
    op = replace_op(1, 1); /* itself */
    ck_assert_int_eq(do_replace(&mapper, &op), GNTST_general_error);
    op = replace_op(2, 512); /* not the mapping */
    ck_assert_int_eq(do_replace(&mapper, &op), GNTST_general_error);
    op = replace_op(512, 1);
    ck_assert_int_eq(do_replace(&mapper, &op), GNTST_general_error);
    op = replace_op(1, 2000); /* no table */
    ck_assert_int_eq(do_replace(&mapper, &op), GNTST_general_error);
    op = replace_op(2000, 512);
    ck_assert_int_eq(do_replace(&mapper, &op), GNTST_general_error);
    op = replace_op(1, 512);
    op.new_addr = HOLE_START;
    ck_assert_int_eq(do_replace(&mapper, &op), GNTST_general_error);
    op = replace_op(0, 512); /* address 0: no part */
    ck_assert_int_eq(do_replace(&mapper, &op), GNTST_okay);
    expect_still_mapped();
    ck_assert_uint_eq(entry_at(mapper.tree.l1[0][1], 0), own_entry);
    ck_assert_uint_eq(flushes, 0);
}

TEST(grant_replace, a_mapping_by_entry_has_no_address)
{
    struct gnttab_map_grant_ref map = { .flags = GNTMAP_host_map | GNTMAP_contains_pte,
                                        .ref = 8,
                                        .dom = 1 };
    struct gnttab_unmap_and_replace op;

    start();
    map.host_addr = slot_machine_address(&mapper, 2);
    ck_assert_int_eq(do_map(&mapper, &map), GNTST_okay);
    op = (struct gnttab_unmap_and_replace){ .host_addr = map.host_addr,
                                            .new_addr = slot_va(512),
                                            .handle = map.handle };
    ck_assert_int_eq(do_replace(&mapper, &op), GNTST_general_error);
    op.new_addr = 0;
    ck_assert_int_eq(do_replace(&mapper, &op), GNTST_okay);
    ck_assert_uint_eq(slot_entry(&mapper, 2), 0);
}

static void overwrite_mapping(void)
{
    const struct mmu_update update = { .ptr = slot_machine_address(&mapper, 1), .val = 0 };

    ck_assert_int_eq(mmu_update_one(mapper.d, mapper.d, &update), 0);
}

TEST(grant_replace, a_mapping_that_goes_meanwhile_is_not_replaced)
{
    struct gnttab_unmap_and_replace op;
    mfn_t own;

    start();
    own = mapper.tree.page[0][1][0];
    op = replace_op(1, 512);
    on_take = overwrite_mapping;
    ck_assert_int_eq(do_replace(&mapper, &op), GNTST_general_error);
    on_take = NULL;
    /* What was taken is not put anywhere, and its references are dropped. */
    ck_assert_uint_eq(references(own), 1);
    ck_assert_uint_eq(type_references(own), 0);
    ck_assert_uint_eq(slot_entry(&mapper, 1), 0);
    ck_assert_uint_eq(flags_of(&granter, 8), GTF_permit_access | GTF_reading | GTF_writing);
}
