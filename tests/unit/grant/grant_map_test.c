/* SPDX-License-Identifier: MIT */
/* Mapping granted frames: what may be mapped where, and what both sides see. */
#include "grant_world.h"
#include "hypercall-abi/xen.h"
#include "mm/frame_alloc.h"
#include "mm/heap.h"

#define USED_READ  (GTF_permit_access | GTF_reading)
#define USED_WRITE (GTF_permit_access | GTF_reading | GTF_writing)

static mfn_t page; /* the granter's, grant 8 for the mapper */

static void start(uint16_t flags)
{
    world_start();
    page = guest_page(granter.d);
    grant_to(&granter, 8, &mapper, page, flags);
    run(&mapper);
}

static struct gnttab_map_grant_ref map_op(unsigned slot, uint32_t flags)
{
    return (struct gnttab_map_grant_ref){
        .host_addr = slot_va(slot), .flags = flags, .ref = 8, .dom = granter.d->id
    };
}

/* A map that must fail so, and change nothing. */
static void expect_refused(struct gnttab_map_grant_ref op, int status)
{
    uint16_t flags = flags_of(&granter, 8);
    uint64_t count = references(page);

    ck_assert_int_eq(do_map(&mapper, &op), status);
    ck_assert_uint_eq(flags_of(&granter, 8), flags);
    ck_assert_uint_eq(references(page), count);
    ck_assert_uint_eq(grant_active(granter.d->grants, 8)->all_pins, 0);
    ck_assert_uint_eq(granter.d->grants->handle_count, 0);
    ck_assert_uint_eq(slot_entry(&mapper, 1), 0);
}

/* ---- what a mapping is ---- */

TEST(grant_map, for_writing_is_seen_by_both_sides)
{
    struct gnttab_map_grant_ref op;

    start(GTF_permit_access);
    op = map_op(1, GNTMAP_host_map);
    ck_assert_int_eq(do_map(&mapper, &op), GNTST_okay);
    ck_assert_uint_eq(op.dev_bus_addr, mfn_to_maddr(page).value);
    ck_assert_uint_eq(flags_of(&granter, 8), USED_WRITE);
    /* A kernel page of the mapper's, as bit 52 says. */
    ck_assert_uint_eq(slot_entry(&mapper, 1), entry_of(page, LEAF_RW | 1UL << 52));
    ck_assert_uint_eq(references(page), 2);
    ck_assert_uint_eq(type_references(page), 1);
    ck_assert(!revoke(&granter, 8));

    ck_assert_int_eq(unmap_at(&mapper, op.handle, 1), GNTST_okay);
    ck_assert_uint_eq(flags_of(&granter, 8), GTF_permit_access);
    ck_assert_uint_eq(slot_entry(&mapper, 1), 0);
    ck_assert_uint_eq(references(page), 1);
    ck_assert_uint_eq(type_references(page), 0);
    ck_assert(revoke(&granter, 8));
}

TEST(grant_map, for_reading_takes_no_type)
{
    grant_handle_t handle;

    start(GTF_permit_access);
    handle = map_at(&mapper, &granter, 8, 1, GNTMAP_readonly | GNTMAP_application_map);
    ck_assert_uint_eq(flags_of(&granter, 8), USED_READ);
    ck_assert_uint_eq(slot_entry(&mapper, 1), entry_of(page, LEAF_RO | PTE_DIRTY));
    ck_assert_uint_eq(references(page), 2);
    ck_assert_uint_eq(type_references(page), 0);
    ck_assert_int_eq(unmap_at(&mapper, handle, 1), GNTST_okay);
    ck_assert_uint_eq(flags_of(&granter, 8), GTF_permit_access);
}

TEST(grant_map, a_grant_for_reading_is_mapped_for_reading_only)
{
    start(GTF_permit_access | GTF_readonly);
    expect_refused(map_op(1, GNTMAP_host_map), GNTST_general_error);
    expect_refused(map_op(1, GNTMAP_device_map), GNTST_general_error);
    unmap_at(&mapper, map_at(&mapper, &granter, 8, 1, GNTMAP_readonly), 1);
    /* Nor while it is in use already. */
    map_at(&mapper, &granter, 8, 2, GNTMAP_readonly);
    struct gnttab_map_grant_ref op = map_op(1, GNTMAP_host_map);
    ck_assert_int_eq(do_map(&mapper, &op), GNTST_general_error);
    ck_assert_uint_eq(flags_of(&granter, 8), USED_READ | GTF_readonly);
}

TEST(grant_map, software_bits_come_from_the_flags)
{
    start(GTF_permit_access);
    map_at(&mapper, &granter, 8, 1, GNTMAP_application_map | 5u << 16);
    ck_assert_uint_eq(slot_entry(&mapper, 1), entry_of(page, LEAF_RW | 5UL << 9));
    /* The bits above are none that an entry has; flags without a meaning do nothing. */
    map_at(&mapper, &granter, 8, 2, GNTMAP_application_map | 0xfff8ffe0u);
    ck_assert_uint_eq(slot_entry(&mapper, 2), entry_of(page, LEAF_RW));
}

TEST(grant_map, cache_attributes_of_the_granter_are_not_for_others)
{
    start(GTF_permit_access | GTF_PWT | GTF_PCD | GTF_PAT);
    map_at(&mapper, &granter, 8, 1, GNTMAP_application_map);
    ck_assert_uint_eq(slot_entry(&mapper, 1), entry_of(page, LEAF_RW));
}

TEST(grant_map, flags_stay_until_the_last_of_their_kind_goes)
{
    grant_handle_t reading[2], writing[2];

    start(GTF_permit_access);
    reading[0] = map_at(&mapper, &granter, 8, 1, GNTMAP_readonly);
    writing[0] = map_at(&mapper, &granter, 8, 2, 0);
    writing[1] = map_at(&mapper, &granter, 8, 3, 0);
    reading[1] = map_at(&mapper, &granter, 8, 4, GNTMAP_readonly);
    ck_assert_uint_eq(references(page), 5);
    ck_assert_int_eq(unmap_at(&mapper, writing[0], 2), GNTST_okay);
    ck_assert_uint_eq(flags_of(&granter, 8), USED_WRITE);
    ck_assert_int_eq(unmap_at(&mapper, reading[0], 1), GNTST_okay);
    ck_assert_uint_eq(flags_of(&granter, 8), USED_WRITE);
    ck_assert_int_eq(unmap_at(&mapper, writing[1], 3), GNTST_okay);
    ck_assert_uint_eq(flags_of(&granter, 8), USED_READ);
    ck_assert_int_eq(unmap_at(&mapper, reading[1], 4), GNTST_okay);
    ck_assert_uint_eq(flags_of(&granter, 8), GTF_permit_access);
    ck_assert_uint_eq(references(page), 1);
}

TEST(grant_map, what_the_entry_held_before_is_dropped)
{
    mfn_t own;
    grant_handle_t handle;

    start(GTF_permit_access);
    own = mapper.tree.page[0][0][0];
    ck_assert_uint_eq(references(own), 2);
    handle = map_at(&mapper, &granter, 8, 0, 0);
    ck_assert_uint_eq(references(own), 1);
    ck_assert_uint_eq(type_references(own), 0);
    ck_assert_int_eq(unmap_at(&mapper, handle, 0), GNTST_okay);
}

TEST(grant_map, the_frame_is_read_once)
{
    mfn_t other;
    struct gnttab_map_grant_ref op;

    start(GTF_permit_access);
    map_at(&mapper, &granter, 8, 1, 0);
    other = guest_page(granter.d);
    granter.entries[8].frame = (uint32_t)other.number;
    op = map_op(2, GNTMAP_host_map);
    ck_assert_int_eq(do_map(&mapper, &op), GNTST_okay);
    ck_assert_uint_eq(op.dev_bus_addr, mfn_to_maddr(page).value);
    ck_assert_uint_eq(references(other), 1);
    ck_assert_int_eq(unmap_at(&mapper, op.handle, 2), GNTST_okay);
}

TEST(grant_map, the_frame_stays_when_writing_joins_reading)
{
    mfn_t other;
    struct gnttab_map_grant_ref op;

    start(GTF_permit_access);
    map_at(&mapper, &granter, 8, 1, GNTMAP_readonly);
    other = guest_page(granter.d);
    granter.entries[8].frame = (uint32_t)other.number;
    op = map_op(2, GNTMAP_host_map);
    ck_assert_int_eq(do_map(&mapper, &op), GNTST_okay);
    ck_assert_uint_eq(op.dev_bus_addr, mfn_to_maddr(page).value);
    ck_assert_uint_eq(references(other), 1);
    ck_assert_uint_eq(flags_of(&granter, 8), USED_WRITE);
}

TEST(grant_map, nobody_joins_for_whom_it_is_not)
{
    struct gnttab_map_grant_ref op;

    start(GTF_permit_access);
    map_at(&mapper, &granter, 8, 1, GNTMAP_readonly);
    /* The granter changes its mind, which it cannot do while it is in use. */
    granter.entries[8].domid = control.d->id;
    op = map_op(1, GNTMAP_host_map | GNTMAP_readonly);
    run(&control);
    ck_assert_int_eq(do_map(&control, &op), GNTST_general_error);
    op.flags = GNTMAP_host_map;
    ck_assert_int_eq(do_map(&control, &op), GNTST_general_error);
    ck_assert_uint_eq(references(page), 2);
}

/* ---- refusals ---- */

TEST(grant_map, needs_a_kind_of_mapping)
{
    start(GTF_permit_access);
    expect_refused(map_op(1, 0), GNTST_bad_gntref);
    expect_refused(map_op(1, GNTMAP_readonly | GNTMAP_application_map), GNTST_bad_gntref);
}

TEST(grant_map, refuses_other_domains_types_and_references)
{
    struct gnttab_map_grant_ref op;

    start(GTF_permit_access);
    op = map_op(1, GNTMAP_host_map);
    op.dom = 300;
    expect_refused(op, GNTST_bad_domain);
    op.dom = DOMID_SELF;
    expect_refused(op, GNTST_bad_domain);
    op = map_op(1, GNTMAP_host_map);
    op.ref = GRANTS_PER_FRAME;
    expect_refused(op, GNTST_bad_gntref);
    op.ref = UINT32_MAX;
    expect_refused(op, GNTST_bad_gntref);
    op.ref = 9; /* never written */
    expect_refused(op, GNTST_general_error);
    grant_to(&granter, 9, &control, page, GTF_permit_access);
    expect_refused(op, GNTST_general_error);

    static const uint16_t types[] = { GTF_invalid, GTF_accept_transfer, GTF_transitive };
    for (unsigned i = 0; i < 3; i++) {
        grant_to(&granter, 8, &mapper, page, types[i]);
        expect_refused(map_op(1, GNTMAP_host_map), GNTST_general_error);
    }
}

TEST(grant_map, frames_that_are_not_the_granters_ram_are_refused)
{
    struct gnttab_map_grant_ref op;

    start(GTF_permit_access);
    op = map_op(1, GNTMAP_host_map);
    const mfn_t frames[] = {
        guest_page(mapper.d),                               /* somebody else's */
        mfn(0xfebf0),                                       /* a device */
        mfn(0xb8),                                          /* the first MiB */
        mfn(UINT32_MAX),                                    /* nothing at all */
        virt_to_mfn(granter.entries),                       /* pages that the hypervisor shares */
        granter.d->shared_frame,                            /* with the granter */
        virt_to_mfn(granter.v->mmu.kernel_root),            /* and does not share */
        frame_to_mfn(frame_alloc(0, FRAME_ADDRESS_ANY, 0)), /* nobody's */
    };
    for (unsigned i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        granter.entries[8].frame = (uint32_t)frames[i].number;
        op.flags = GNTMAP_host_map;
        expect_refused(op, GNTST_bad_page);
        op.flags = GNTMAP_host_map | GNTMAP_readonly;
        expect_refused(op, GNTST_bad_page);
        op.flags = GNTMAP_device_map;
        expect_refused(op, GNTST_bad_page);
    }
}

TEST(grant_map, a_control_domain_gets_no_device_memory_by_a_grant)
{
    struct gnttab_map_grant_ref op = {
        .host_addr = slot_va(1), .flags = GNTMAP_host_map, .ref = 8, .dom = 1
    };

    start(GTF_permit_access);
    grant_to(&granter, 8, &control, mfn(0xfebf0), GTF_permit_access);
    run(&control);
    ck_assert_int_eq(do_map(&control, &op), GNTST_bad_page);
    ck_assert_uint_eq(slot_entry(&control, 1), 0);
    ck_assert_uint_eq(flags_of(&granter, 8), GTF_permit_access);
}

TEST(grant_map, page_tables_are_mapped_for_reading_only)
{
    mfn_t table;

    start(GTF_permit_access);
    table = granter.tree.l1[0][0];
    grant_to(&granter, 8, &mapper, table, GTF_permit_access);
    expect_refused(map_op(1, GNTMAP_host_map), GNTST_general_error);
    expect_refused(map_op(1, GNTMAP_device_map), GNTST_general_error);
    ck_assert_int_eq(unmap_at(&mapper, map_at(&mapper, &granter, 8, 1, GNTMAP_readonly), 1),
                     GNTST_okay);
}

TEST(grant_map, a_mapped_page_becomes_no_page_table)
{
    start(GTF_permit_access);
    map_at(&mapper, &granter, 8, 1, 0);
    ck_assert_int_eq(do_mmuext(granter.v, MMUEXT_PIN_L1_TABLE, page), -EINVAL);
}

TEST(grant_map, a_dying_domain_grants_nothing)
{
    start(GTF_permit_access);
    atomic_store(&granter.d->life, DOMAIN_DYING);
    expect_refused(map_op(1, GNTMAP_host_map), GNTST_general_error);
    expect_refused(map_op(1, GNTMAP_host_map | GNTMAP_readonly), GNTST_general_error);
    expect_refused(map_op(1, GNTMAP_device_map | GNTMAP_readonly), GNTST_general_error);
    close_grants(&granter);
    struct gnttab_map_grant_ref op = map_op(1, GNTMAP_host_map);
    ck_assert_int_eq(do_map(&mapper, &op), GNTST_bad_domain);
}

TEST(grant_map, needs_an_l1_table_at_the_address)
{
    struct gnttab_map_grant_ref op;

    start(GTF_permit_access);
    op = map_op(1, GNTMAP_host_map);
    static const uint64_t addresses[] = {
        1UL << 22, 1UL << 39,           HOLE_START, HOLE_END - 1, 0x0000800000000000UL,
        ~0UL,      0x1234567800000000UL
    };
    for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        op.host_addr = addresses[i];
        expect_refused(op, GNTST_general_error);
    }
}

/* ---- by the machine address of the entry ---- */

TEST(grant_map, contains_pte_writes_the_entry_itself)
{
    struct gnttab_map_grant_ref op;
    struct gnttab_unmap_grant_ref end;

    start(GTF_permit_access);
    op = map_op(0, GNTMAP_host_map | GNTMAP_application_map | GNTMAP_contains_pte | 1u << 16);
    op.host_addr = slot_machine_address(&mapper, 7);
    ck_assert_int_eq(do_map(&mapper, &op), GNTST_okay);
    ck_assert_uint_eq(slot_entry(&mapper, 7), entry_of(page, LEAF_RW | 1UL << 9));

    /* Its end is by that address, too. */
    end = (struct gnttab_unmap_grant_ref){ .host_addr = slot_va(7), .handle = op.handle };
    ck_assert_int_eq(do_unmap(&mapper, &end), GNTST_general_error);
    end.host_addr = op.host_addr + 1;
    ck_assert_int_eq(do_unmap(&mapper, &end), GNTST_general_error);
    end.host_addr = op.host_addr + 8;
    ck_assert_int_eq(do_unmap(&mapper, &end), GNTST_general_error);
    end.host_addr = op.host_addr;
    ck_assert_int_eq(do_unmap(&mapper, &end), GNTST_okay);
    ck_assert_uint_eq(slot_entry(&mapper, 7), 0);
}

TEST(grant_map, contains_pte_takes_only_entries_of_own_l1_tables)
{
    struct gnttab_map_grant_ref op;

    start(GTF_permit_access);
    op = map_op(0, GNTMAP_host_map | GNTMAP_contains_pte);
    for (unsigned offset = 1; offset < 8; offset++) {
        op.host_addr = slot_machine_address(&mapper, 1) + offset;
        expect_refused(op, GNTST_general_error);
    }
    const uint64_t places[] = {
        mfn_to_maddr(mapper.tree.l2[0]).value + 8,       /* a higher level */
        mfn_to_maddr(mapper.tree.l4).value + 8,          /* */
        slot_machine_address(&granter, 1),               /* somebody else's */
        mfn_to_maddr(guest_page(mapper.d)).value,        /* no table */
        mfn_to_maddr(virt_to_mfn(mapper.entries)).value, /* */
        mfn_to_maddr(mfn(0xb8)).value,                   /* no RAM */
        0,
        1UL << 40,
        ~0UL << 3,
    };
    for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        op.host_addr = places[i];
        expect_refused(op, GNTST_general_error);
    }
    ck_assert_uint_eq(slot_entry(&granter, 1), 0);
}

/* ---- for devices ---- */

TEST(grant_map, device_mappings_have_references_of_their_own)
{
    struct gnttab_map_grant_ref op;
    struct gnttab_unmap_grant_ref end;

    start(GTF_permit_access);
    op = map_op(1, GNTMAP_device_map);
    ck_assert_int_eq(do_map(&mapper, &op), GNTST_okay);
    ck_assert_uint_eq(slot_entry(&mapper, 1), 0);
    ck_assert_uint_eq(references(page), 2);
    ck_assert_uint_eq(type_references(page), 1);
    ck_assert_uint_eq(flags_of(&granter, 8), USED_WRITE);

    end = (struct gnttab_unmap_grant_ref){ .dev_bus_addr = op.dev_bus_addr + 4096,
                                           .handle = op.handle };
    ck_assert_int_eq(do_unmap(&mapper, &end), GNTST_general_error);
    end.dev_bus_addr = op.dev_bus_addr;
    end.host_addr = slot_va(1); /* which it does not have */
    ck_assert_int_eq(do_unmap(&mapper, &end), GNTST_okay);
    ck_assert_uint_eq(references(page), 1);
    ck_assert_uint_eq(flags_of(&granter, 8), GTF_permit_access);
    ck_assert_int_eq(do_unmap(&mapper, &end), GNTST_bad_handle);
}

static void end_both_parts(bool host_first)
{
    struct gnttab_map_grant_ref op;
    struct gnttab_unmap_grant_ref ends[2];

    start(GTF_permit_access);
    op = map_op(1, GNTMAP_host_map | GNTMAP_device_map | GNTMAP_readonly);
    ck_assert_int_eq(do_map(&mapper, &op), GNTST_okay);
    ck_assert_uint_eq(references(page), 3);
    ends[!host_first] =
        (struct gnttab_unmap_grant_ref){ .host_addr = slot_va(1), .handle = op.handle };
    ends[host_first] =
        (struct gnttab_unmap_grant_ref){ .dev_bus_addr = op.dev_bus_addr, .handle = op.handle };
    ck_assert_int_eq(do_unmap(&mapper, &ends[0]), GNTST_okay);
    ck_assert_uint_eq(flags_of(&granter, 8), USED_READ);
    ck_assert_int_eq(do_unmap(&mapper, &ends[1]), GNTST_okay);
    ck_assert_uint_eq(flags_of(&granter, 8), GTF_permit_access);
    ck_assert_uint_eq(references(page), 1);
}

TEST(grant_map, the_host_part_may_end_first)
{
    end_both_parts(true);
}

TEST(grant_map, the_device_part_may_end_first)
{
    end_both_parts(false);
}

TEST(grant_map, a_failing_host_part_gives_the_device_part_back)
{
    start(GTF_permit_access);
    struct gnttab_map_grant_ref op =
        map_op(1, GNTMAP_host_map | GNTMAP_device_map | GNTMAP_contains_pte);
    op.host_addr = slot_machine_address(&granter, 1);
    expect_refused(op, GNTST_general_error);
    op.flags |= GNTMAP_readonly;
    expect_refused(op, GNTST_general_error);
}

/* ---- one's own grants ---- */

TEST(grant_map, a_domain_maps_its_own_grants)
{
    mfn_t own;
    grant_handle_t handle;

    start(GTF_permit_access);
    own = guest_page(mapper.d);
    grant_to(&mapper, 8, &mapper, own, GTF_permit_access);
    handle = map_at(&mapper, &mapper, 8, 1, 0);
    ck_assert_uint_eq(flags_of(&mapper, 8), USED_WRITE);
    ck_assert_uint_eq(references(own), 2);
    ck_assert_int_eq(unmap_at(&mapper, handle, 1), GNTST_okay);
    ck_assert_uint_eq(references(own), 1);
}

/* ---- limits ---- */

TEST(grant_map, pins_are_counted_up_to_a_limit)
{
    struct grant_active *active;

    start(GTF_permit_access);
    grant_handle_t handle = map_at(&mapper, &granter, 8, 1, 0);
    active = grant_active(granter.d->grants, 8);
    active->pins[GRANT_HOST_WRITE] = GRANT_PINS_MAX;
    struct gnttab_map_grant_ref op = map_op(2, GNTMAP_host_map);
    ck_assert_int_eq(gnttab_op_map_grant_ref(mapper.v, &op, 1), 0);
    ck_assert_int_eq(op.status, GNTST_general_error);
    ck_assert_uint_eq(active->pins[GRANT_HOST_WRITE], GRANT_PINS_MAX);
    ck_assert_uint_eq(flags_of(&granter, 8), USED_WRITE);
    active->pins[GRANT_HOST_WRITE] = 1;
    ck_assert_int_eq(unmap_at(&mapper, handle, 1), GNTST_okay);
}

TEST(grant_map, handles_run_out_and_come_back)
{
    const unsigned limit = HANDLE_FRAME_LIMIT * HANDLES_PER_FRAME;
    struct gnttab_map_grant_ref op;
    struct gnttab_unmap_grant_ref end;
    static grant_handle_t handles[HANDLE_FRAME_LIMIT * HANDLES_PER_FRAME];

    start(GTF_permit_access);
    op = map_op(1, GNTMAP_device_map | GNTMAP_readonly);
    for (unsigned i = 0; i < limit; i++) {
        ck_assert_int_eq(gnttab_op_map_grant_ref(mapper.v, &op, 1), 0);
        ck_assert_int_eq(op.status, GNTST_okay);
        handles[i] = op.handle;
    }
    EXPECT_ALL_CONSISTENT();
    ck_assert_int_eq(do_map(&mapper, &op), GNTST_no_device_space);
    ck_assert_uint_eq(references(page), 1 + limit);

    end = (struct gnttab_unmap_grant_ref){ .dev_bus_addr = op.dev_bus_addr, .handle = handles[77] };
    ck_assert_int_eq(do_unmap(&mapper, &end), GNTST_okay);
    ck_assert_int_eq(do_map(&mapper, &op), GNTST_okay);
    ck_assert_uint_eq(op.handle, handles[77]);
    ck_assert_int_eq(do_map(&mapper, &op), GNTST_no_device_space);
}

static int map_and_unmap(void *context)
{
    struct gnttab_map_grant_ref op = map_op(1, GNTMAP_host_map);

    (void)context;
    if (do_map(&mapper, &op)) {
        ck_assert_int_eq(op.status, GNTST_no_device_space);
        ck_assert_uint_eq(flags_of(&granter, 8), GTF_permit_access);
        ck_assert_uint_eq(references(page), 1);
        ck_assert_uint_eq(slot_entry(&mapper, 1), 0);
        return op.status;
    }
    return unmap_at(&mapper, op.handle, 1);
}

TEST(grant_map, without_memory_for_handles_nothing_is_mapped)
{
    start(GTF_permit_access);
    /* The list of pages, and the first page. */
    ck_assert_uint_eq(sweep_allocation_failures(map_and_unmap, NULL), 2);
}

/* ---- pieces ---- */

TEST(grant_map, an_entry_of_a_piece_fails_by_itself)
{
    struct gnttab_map_grant_ref ops[GRANT_PIECE];

    start(GTF_permit_access);
    for (unsigned i = 0; i < GRANT_PIECE; i++) {
        ops[i] = map_op(i + 1, GNTMAP_host_map);
        ops[i].status = 77;
        if (i % 3 == 1)
            ops[i].ref = 4000;
    }
    ck_assert_int_eq(gnttab_op_map_grant_ref(mapper.v, ops, GRANT_PIECE), 0);
    EXPECT_ALL_CONSISTENT();
    for (unsigned i = 0; i < GRANT_PIECE; i++) {
        ck_assert_int_eq(ops[i].status, i % 3 == 1 ? GNTST_bad_gntref : GNTST_okay);
        ck_assert_uint_eq(slot_entry(&mapper, i + 1) != 0, i % 3 != 1);
    }
}

TEST(grant_map, a_piece_may_be_about_several_regions_and_domains)
{
    /* Slots from 512 on are in the second L1. */
    static const unsigned slots[] = { 1, 513, 2, 514, 3, 515 };
    struct gnttab_map_grant_ref ops[6];
    struct gnttab_unmap_grant_ref ends[6];
    mfn_t others;

    start(GTF_permit_access);
    others = guest_page(control.d);
    grant_to(&control, 8, &mapper, others, GTF_permit_access);
    for (unsigned i = 0; i < 6; i++) {
        ops[i] = map_op(slots[i], GNTMAP_host_map);
        ops[i].dom = i % 3 ? granter.d->id : control.d->id;
    }
    ck_assert_int_eq(gnttab_op_map_grant_ref(mapper.v, ops, 6), 0);
    EXPECT_ALL_CONSISTENT();
    for (unsigned i = 0; i < 6; i++) {
        uint64_t entry = entry_at(mapper.tree.l1[0][slots[i] / 512], slots[i] % 512);

        ck_assert_int_eq(ops[i].status, GNTST_okay);
        ck_assert_uint_eq(entry & PTE_ADDRESS_MASK, mfn_to_maddr(i % 3 ? page : others).value);
        ends[i] = (struct gnttab_unmap_grant_ref){ .host_addr = ops[i].host_addr,
                                                   .handle = ops[i].handle };
    }
    ck_assert_uint_eq(references(page), 5);
    ck_assert_uint_eq(references(others), 3);

    ck_assert_int_eq(gnttab_op_unmap_grant_ref(mapper.v, ends, 6), 0);
    EXPECT_ALL_CONSISTENT();
    for (unsigned i = 0; i < 6; i++) {
        ck_assert_int_eq(ends[i].status, GNTST_okay);
        ck_assert_uint_eq(entry_at(mapper.tree.l1[0][slots[i] / 512], slots[i] % 512), 0);
    }
    ck_assert_uint_eq(flags_of(&granter, 8), GTF_permit_access);
    ck_assert_uint_eq(flags_of(&control, 8), GTF_permit_access);
    ck_assert_uint_eq(granter.d->grants->handle_count, 0);
    ck_assert_uint_eq(control.d->grants->handle_count, 0);
}
