/* SPDX-License-Identifier: MIT */
/*
 * copy stays within its frames, and within the rights of each: an own frame by number is really
 * the caller's, a page table is never a target, a grant for reading neither. A refusal writes
 * nothing and leaves no flag set. (XSA-226, 316, 318; abi-facts 7.4)
 */
#include "grants.h"

static uint8_t source[4096] PAGE_ALIGNED;
static uint8_t target[4096] PAGE_ALIGNED;

static void expect_refused(struct gnttab_copy op, int status, const char *what)
{
    expect_eq(grant_copy(&op), status, what);
    expect_eq(grant_table[8].flags & (GTF_reading | GTF_writing), 0, what);
    expect_eq(grant_table[9].flags & (GTF_reading | GTF_writing), 0, what);
    for (unsigned i = 0; i < 4096; i++) {
        if (target[i]) {
            failure("%s: byte %u was written", what, i);
            return;
        }
    }
}

static struct gnttab_copy own_op(uint64_t from, uint64_t to)
{
    return (struct gnttab_copy){ .source = { .u.gmfn = from, .domid = DOMID_SELF },
                                 .dest = { .u.gmfn = to, .domid = DOMID_SELF },
                                 .len = 8 };
}

static void check_ranges(void)
{
    static const uint16_t ranges[][3] = { { 1, 0, 4096 },  { 0, 1, 4096 },      { 4096, 0, 1 },
                                          { 0, 4096, 1 },  { 65535, 0, 1 },     { 0, 0, 4097 },
                                          { 0, 65535, 1 }, { 65535, 0, 65535 }, { 0, 0, 65535 } };

    for (unsigned i = 0; i < ARRAY_COUNT(ranges); i++) {
        struct gnttab_copy op = own_op(mfn_of(source), mfn_of(target));

        op.source.offset = ranges[i][0];
        op.dest.offset = ranges[i][1];
        op.len = ranges[i][2];
        expect_refused(op, GNTST_bad_copy_arg, "a range beyond its frame");
    }
}

static void check_frames(void)
{
    static const uint64_t numbers[] = { 0, 0xb8, 0x100, 0xfee00, 1UL << 28, 1UL << 40, ~0UL };
    struct gnttab_copy op;

    for (unsigned i = 0; i < ARRAY_COUNT(numbers); i++) {
        op = own_op(numbers[i], mfn_of(target));
        expect_refused(op, GNTST_bad_page, "a source that is not ours");
        op = own_op(mfn_of(source), numbers[i]);
        expect_eq(grant_copy(&op) < 0, true, "a target that is not ours");
    }
    op = own_op(mfn_of(source), mfn_of(target));
    op.source.domid = OWN_DOMAIN;
    expect_refused(op, GNTST_permission_denied, "a frame by number of a domain by number");
    op = own_op(mfn_of(source), pte_address((uint64_t)target, 1) >> 12);
    expect_refused(op, GNTST_general_error, "a page table as target");
}

static void check_grants(void)
{
    struct gnttab_copy op = own_op(mfn_of(source), 0);

    op.flags = GNTCOPY_dest_gref;
    op.dest.u.ref = 9;
    grant(9, target, GRANTED | GTF_readonly);
    expect_refused(op, GNTST_general_error, "a target for reading only");
    grant_mfn(9, 5, mfn_of(target), GRANTED);
    expect_refused(op, GNTST_general_error, "a grant for another domain");
    op.dest.u.ref = 100000;
    expect_refused(op, GNTST_bad_gntref, "no such grant");
    op.dest.domid = 77;
    expect_refused(op, GNTST_bad_domain, "no such domain");
    grant_mfn(9, OWN_DOMAIN, grant_frame, GRANTED);
    op.dest.domid = DOMID_SELF;
    op.dest.u.ref = 9;
    expect_refused(op, GNTST_bad_page, "the grant table itself");
    /* The source is in use while the target is refused. */
    op.source.u.ref = 8;
    op.flags |= GNTCOPY_source_gref;
    expect_refused(op, GNTST_bad_page, "a good source and a bad target");
}

void test_main(void)
{
    grants_setup();
    memset(source, 0xaa, sizeof(source));
    grant(8, source, GRANTED);
    grant(9, target, GRANTED);
    check_ranges();
    check_frames();
    check_grants();
}
