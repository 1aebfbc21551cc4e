/* SPDX-License-Identifier: MIT */
/* Copies between own and granted frames, and cache flushes. */
#include "arch/x86.h"
#include "grant_world.h"
#include "hypercall-abi/xen.h"

#define SIDES_GRANTED (GNTCOPY_source_gref | GNTCOPY_dest_gref)

static mfn_t from, to;   /* the mapper's */
static mfn_t granted[2]; /* the granter's, grants 8 and 9 */

static uint8_t *bytes(mfn_t page)
{
    return mfn_to_virt(page);
}

static void start(void)
{
    world_start();
    from = guest_page(mapper.d);
    to = guest_page(mapper.d);
    for (unsigned i = 0; i < 2; i++) {
        granted[i] = guest_page(granter.d);
        grant_to(&granter, 8 + i, &mapper, granted[i], GTF_permit_access);
    }
    for (unsigned i = 0; i < PAGE_SIZE; i++) {
        bytes(from)[i] = (uint8_t)(i * 7 + 1);
        bytes(granted[0])[i] = (uint8_t)(i * 11 + 3);
        bytes(to)[i] = bytes(granted[1])[i] = 0xee;
    }
    run(&mapper);
}

static struct gnttab_copy_ptr own(mfn_t page, uint16_t offset)
{
    return (struct gnttab_copy_ptr){ .u.gmfn = page.number, .domid = DOMID_SELF, .offset = offset };
}

static struct gnttab_copy_ptr grant(grant_ref_t ref, uint16_t offset)
{
    return (struct gnttab_copy_ptr){ .u.ref = ref, .domid = granter.d->id, .offset = offset };
}

/* Everything is as if nobody had ever used anything. */
static void expect_released(void)
{
    const mfn_t pages[] = { from, to, granted[0], granted[1] };

    for (unsigned i = 0; i < 4; i++) {
        ck_assert_uint_eq(references(pages[i]), 1);
        ck_assert_uint_eq(type_references(pages[i]), 0);
    }
    for (grant_ref_t ref = 8; ref < 10; ref++) {
        ck_assert(!(flags_of(&granter, ref) & (GTF_reading | GTF_writing)));
        ck_assert_uint_eq(grant_active(granter.d->grants, ref)->all_pins, 0);
    }
}

static void expect_copied(struct gnttab_copy op, mfn_t source, mfn_t target)
{
    ck_assert_int_eq(do_copy(&mapper, &op), GNTST_okay);
    expect_released();
    for (unsigned i = 0; i < PAGE_SIZE; i++) {
        unsigned offset = i - op.dest.offset;
        uint8_t expected = offset < op.len ? bytes(source)[op.source.offset + offset] : 0xee;

        ck_assert_uint_eq(bytes(target)[i], expected);
    }
}

static void expect_refused(struct gnttab_copy op, int status)
{
    ck_assert_int_eq(do_copy(&mapper, &op), status);
    expect_released();
    for (unsigned i = 0; i < PAGE_SIZE; i++) {
        ck_assert_uint_eq(bytes(to)[i], 0xee);
        ck_assert_uint_eq(bytes(granted[1])[i], 0xee);
    }
}

/* ---- what can be copied ---- */

TEST(grant_copy, from_a_grant_to_an_own_frame)
{
    start();
    expect_copied((struct gnttab_copy){ grant(8, 100), own(to, 200), 1000, GNTCOPY_source_gref, 0 },
                  granted[0], to);
}

TEST(grant_copy, from_an_own_frame_to_a_grant)
{
    start();
    expect_copied((struct gnttab_copy){ own(from, 1), grant(9, 2), 4094, GNTCOPY_dest_gref, 0 },
                  from, granted[1]);
}

TEST(grant_copy, from_a_grant_to_a_grant)
{
    start();
    expect_copied((struct gnttab_copy){ grant(8, 0), grant(9, 0), 4096, SIDES_GRANTED, 0 },
                  granted[0], granted[1]);
}

TEST(grant_copy, between_own_frames)
{
    start();
    expect_copied((struct gnttab_copy){ own(from, 4095), own(to, 0), 1, 0, 0 }, from, to);
}

TEST(grant_copy, of_nothing)
{
    start();
    expect_copied((struct gnttab_copy){ own(from, 4096), own(to, 4096), 0, 0, 0 }, from, to);
}

TEST(grant_copy, within_one_frame_where_the_ranges_overlap)
{
    struct gnttab_copy op;

    start();
    op = (struct gnttab_copy){ own(from, 0), own(from, 5), 4000, 0, 0 };
    ck_assert_int_eq(do_copy(&mapper, &op), GNTST_okay);
    expect_released();
    for (unsigned i = 0; i < 4000; i++)
        ck_assert_uint_eq(bytes(from)[i + 5], (uint8_t)(i * 7 + 1));
}

TEST(grant_copy, of_ones_own_grants)
{
    struct gnttab_copy op;

    start();
    grant_to(&mapper, 3, &mapper, from, GTF_permit_access);
    grant_to(&mapper, 4, &mapper, to, GTF_permit_access);
    op = (struct gnttab_copy){ grant(3, 0), grant(4, 0), 64, SIDES_GRANTED, 0 };
    op.source.domid = DOMID_SELF;
    op.dest.domid = mapper.d->id;
    ck_assert_int_eq(do_copy(&mapper, &op), GNTST_okay);
    ck_assert_uint_eq(bytes(to)[63], bytes(from)[63]);
    expect_released();
}

TEST(grant_copy, a_page_table_is_only_a_source)
{
    struct gnttab_copy op;
    mfn_t table;

    start();
    table = mapper.tree.l1[0][1];
    op = (struct gnttab_copy){ own(table, 0), own(to, 0), 8, 0, 0 };
    ck_assert_int_eq(do_copy(&mapper, &op), GNTST_okay);
    ck_assert_uint_eq(guest_words(to)[0], entry_at(table, 0));
    op = (struct gnttab_copy){ own(from, 0), own(table, 0), 8, 0, 0 };
    ck_assert_int_eq(do_copy(&mapper, &op), GNTST_general_error);
    ck_assert_uint_eq(guest_words(to)[0], entry_at(table, 0));

    table = granter.tree.l1[0][1];
    grant_to(&granter, 10, &mapper, table, GTF_permit_access);
    op = (struct gnttab_copy){ own(from, 0), grant(10, 0), 8, GNTCOPY_dest_gref, 0 };
    ck_assert_int_eq(do_copy(&mapper, &op), GNTST_general_error);
    ck_assert_uint_eq(flags_of(&granter, 10), GTF_permit_access);
    expect_released();
}

TEST(grant_copy, leaves_mappings_of_the_same_grant_alone)
{
    start();
    map_at(&mapper, &granter, 8, 1, 0);
    struct gnttab_copy op = { grant(8, 0), own(to, 0), 8, GNTCOPY_source_gref, 0 };
    ck_assert_int_eq(do_copy(&mapper, &op), GNTST_okay);
    ck_assert_uint_eq(flags_of(&granter, 8), GTF_permit_access | GTF_reading | GTF_writing);
    op = (struct gnttab_copy){ own(from, 0), grant(8, 0), 8, GNTCOPY_dest_gref, 0 };
    ck_assert_int_eq(do_copy(&mapper, &op), GNTST_okay);
    ck_assert_uint_eq(references(granted[0]), 2);
    ck_assert_uint_eq(type_references(granted[0]), 1);
}

/* ---- refusals ---- */

TEST(grant_copy, ranges_stay_in_their_frames)
{
    static const struct {
        uint16_t source, target, length;
    } ranges[] = { { 1, 0, 4096 },     { 0, 1, 4096 },     { 4096, 0, 1 }, { 0, 4096, 1 },
                   { 65535, 0, 1 },    { 0, 65535, 1 },    { 0, 0, 4097 }, { 65535, 0, 65535 },
                   { 4000, 4000, 97 }, { 0, 65535, 65535 } };

    start();
    for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        expect_refused((struct gnttab_copy){ grant(8, ranges[i].source), own(to, ranges[i].target),
                                             ranges[i].length, GNTCOPY_source_gref, 0 },
                       GNTST_bad_copy_arg);
}

TEST(grant_copy, rights_of_the_entry_hold)
{
    start();
    granter.entries[9].flags |= GTF_readonly;
    expect_refused((struct gnttab_copy){ own(from, 0), grant(9, 0), 8, GNTCOPY_dest_gref, 0 },
                   GNTST_general_error);
    grant_to(&granter, 9, &control, granted[1], GTF_permit_access);
    expect_refused((struct gnttab_copy){ grant(9, 0), own(to, 0), 8, GNTCOPY_source_gref, 0 },
                   GNTST_general_error);
    expect_refused((struct gnttab_copy){ grant(9999, 0), own(to, 0), 8, GNTCOPY_source_gref, 0 },
                   GNTST_bad_gntref);
    /* The source was claimed when the target is refused. */
    expect_refused((struct gnttab_copy){ grant(8, 0), grant(9, 0), 8, SIDES_GRANTED, 0 },
                   GNTST_general_error);
}

TEST(grant_copy, frames_by_number_are_ones_own)
{
    struct gnttab_copy op;

    start();
    op = (struct gnttab_copy){ own(granted[0], 0), own(to, 0), 8, 0, 0 };
    expect_refused(op, GNTST_bad_page);
    op = (struct gnttab_copy){ own(from, 0), own(granted[1], 0), 8, 0, 0 };
    expect_refused(op, GNTST_general_error);
    op = (struct gnttab_copy){ own(from, 0), own(to, 0), 8, 0, 0 };
    op.source.domid = mapper.d->id; /* only DOMID_SELF will do */
    expect_refused(op, GNTST_permission_denied);
    op.source.domid = granter.d->id;
    expect_refused(op, GNTST_permission_denied);

    static const uint64_t numbers[] = { 0, 0xb8, 0xfebf0, 1UL << 40, ~0UL };
    for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        op = (struct gnttab_copy){ own(mfn(numbers[i]), 0), own(to, 0), 8, 0, 0 };
        expect_refused(op, GNTST_bad_page);
    }
}

TEST(grant_copy, needs_domains_that_live)
{
    struct gnttab_copy op;

    start();
    op = (struct gnttab_copy){ grant(8, 0), own(to, 0), 8, GNTCOPY_source_gref, 0 };
    op.source.domid = 300;
    expect_refused(op, GNTST_bad_domain);
    op.source.domid = granter.d->id;
    close_grants(&granter);
    ck_assert_int_eq(do_copy(&mapper, &op), GNTST_bad_domain);
}

TEST(grant_copy, each_entry_of_a_piece_has_its_status)
{
    struct gnttab_copy ops[3];

    start();
    ops[0] = (struct gnttab_copy){ grant(8, 0), own(to, 0), 8, GNTCOPY_source_gref, 77 };
    ops[1] = (struct gnttab_copy){ grant(8, 0), own(to, 0), 5000, GNTCOPY_source_gref, 77 };
    ops[2] = (struct gnttab_copy){ own(from, 0), grant(9, 0), 8, GNTCOPY_dest_gref, 77 };
    ck_assert_int_eq(gnttab_op_copy(mapper.v, ops, 3), 0);
    ck_assert_int_eq(ops[0].status, GNTST_okay);
    ck_assert_int_eq(ops[1].status, GNTST_bad_copy_arg);
    ck_assert_int_eq(ops[2].status, GNTST_okay);
    expect_released();
}

TEST(grant_copy, ends_that_come_again_stay_open)
{
    struct gnttab_copy ops[6];

    start();
    for (unsigned i = 0; i < 6; i++)
        ops[i] = (struct gnttab_copy){ grant(8, (uint16_t)(100 * i)), own(to, (uint16_t)(8 * i)), 8,
                                       GNTCOPY_source_gref, 77 };
    ops[2].dest.u.gmfn = ~0UL;
    ops[3].dest = grant(9, 500);
    ops[3].flags |= GNTCOPY_dest_gref;
    ck_assert_int_eq(gnttab_op_copy(mapper.v, ops, 6), 0);
    EXPECT_ALL_CONSISTENT();
    for (unsigned i = 0; i < 6; i++)
        ck_assert_int_eq(ops[i].status, i == 2 ? GNTST_bad_page : GNTST_okay);
    ck_assert_mem_eq(bytes(to), bytes(granted[0]), 8);
    ck_assert_mem_eq(bytes(to) + 8, bytes(granted[0]) + 100, 8);
    ck_assert_uint_eq(bytes(to)[16], 0xee);
    ck_assert_mem_eq(bytes(granted[1]) + 500, bytes(granted[0]) + 300, 8);
    ck_assert_mem_eq(bytes(to) + 32, bytes(granted[0]) + 400, 8);
    ck_assert_mem_eq(bytes(to) + 40, bytes(granted[0]) + 500, 8);
    expect_released();
}

TEST(grant_copy, ends_of_equal_numbers_are_not_the_same)
{
    struct gnttab_copy ops[4];

    start();
    /* Reference 8 of the granter, reference 8 of one's own, and frame 8 of one's own. */
    grant_to(&mapper, 8, &mapper, from, GTF_permit_access);
    for (unsigned i = 0; i < 4; i++)
        ops[i] = (struct gnttab_copy){ grant(8, 0), own(to, (uint16_t)(8 * i)), 8,
                                       GNTCOPY_source_gref, 77 };
    ops[1].source.domid = DOMID_SELF;
    ops[2].source = own(mfn(8), 0);
    ops[2].flags = 0;
    ck_assert_int_eq(gnttab_op_copy(mapper.v, ops, 4), 0);
    EXPECT_ALL_CONSISTENT();
    ck_assert_int_eq(ops[2].status, GNTST_bad_page);
    ck_assert_mem_eq(bytes(to), bytes(granted[0]), 8);
    ck_assert_mem_eq(bytes(to) + 8, bytes(from), 8);
    ck_assert_uint_eq(bytes(to)[16], 0xee);
    ck_assert_mem_eq(bytes(to) + 24, bytes(granted[0]), 8);
    expect_released();
}

/* ---- cache_flush ---- */

static long flush(uint64_t address, uint16_t offset, uint16_t length, uint32_t op)
{
    struct gnttab_cache_flush flush_op = { { address }, offset, length, op };

    return gnttab_op_cache_flush(mapper.v, &flush_op, 1);
}

TEST(grant_cache, own_frames_are_flushed)
{
    uint64_t address;

    start();
    address = mfn_to_maddr(from).value;
    ck_assert_int_eq(flush(address, 0, 4096, GNTTAB_CACHE_CLEAN), 0);
    ck_assert_int_eq(flush(address, 4095, 1, GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_INVAL), 0);
    ck_assert_int_eq(flush(address, 0, 0, GNTTAB_CACHE_CLEAN), 0);
    ck_assert_int_eq(flush(address, 0, 10, 0), 0);
    expect_released();
}

TEST(grant_cache, what_is_not_ones_own_is_not)
{
    uint64_t address;

    start();
    address = mfn_to_maddr(from).value;
    ck_assert_int_eq(flush(address, 4096, 0, GNTTAB_CACHE_CLEAN), -EINVAL);
    ck_assert_int_eq(flush(address, 1, 4096, GNTTAB_CACHE_CLEAN), -EINVAL);
    ck_assert_int_eq(flush(address, 0, 8, GNTTAB_CACHE_CLEAN | 4), -EINVAL);
    ck_assert_int_eq(flush(address, 0, 8, GNTTAB_CACHE_INVAL), -EOPNOTSUPP);
    ck_assert_int_eq(flush(8, 0, 8, GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_SOURCE_GREF), -EOPNOTSUPP);
    ck_assert_int_eq(flush(0xfebf0000, 0, 8, GNTTAB_CACHE_CLEAN), -EINVAL);
    ck_assert_int_eq(flush(~0UL, 0, 8, GNTTAB_CACHE_CLEAN), -EINVAL);
    ck_assert_int_eq(flush(mfn_to_maddr(granted[0]).value, 0, 8, GNTTAB_CACHE_CLEAN), -EPERM);
    ck_assert_int_eq(flush(mfn_to_maddr(virt_to_mfn(mapper.v->mmu.kernel_root)).value, 0, 8,
                           GNTTAB_CACHE_CLEAN),
                     -EPERM);
    expect_released();
}
