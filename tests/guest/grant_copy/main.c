/* SPDX-License-Identifier: MIT */
/*
 * copy moves bytes between two frames, each the caller's own (by frame number and DOMID_SELF) or
 * granted to it. The flags of a granted end are back when it is done.
 */
#include "grants.h"

static uint8_t source[4096] PAGE_ALIGNED;
static uint8_t target[4096] PAGE_ALIGNED;

static struct gnttab_copy_ptr side(bool by_grant, const uint8_t *page, unsigned ref,
                                   uint16_t offset)
{
    struct gnttab_copy_ptr end = { .domid = DOMID_SELF, .offset = offset };

    if (by_grant)
        end.u.ref = ref;
    else
        end.u.gmfn = mfn_of(page);
    return end;
}

static void check(bool from_grant, bool to_grant, uint16_t from, uint16_t to, uint16_t bytes)
{
    struct gnttab_copy op = {
        .source = side(from_grant, source, 8, from),
        .dest = side(to_grant, target, 9, to),
        .len = bytes,
        .flags =
            (uint16_t)((from_grant ? GNTCOPY_source_gref : 0) | (to_grant ? GNTCOPY_dest_gref : 0)),
    };

    memset(target, 0xee, sizeof(target));
    expect_eq(grant_copy(&op), GNTST_okay, "copy");
    for (unsigned i = 0; i < 4096; i++) {
        unsigned offset = i - to;
        uint8_t wanted = offset < bytes ? source[from + offset] : 0xee;

        if (target[i] != wanted) {
            failure("byte %u is %#x, not %#x", i, target[i], wanted);
            return;
        }
    }
    expect_eq(grant_table[8].flags, GRANTED | GTF_readonly, "the source's flags");
    expect_eq(grant_table[9].flags, GRANTED, "the target's flags");
}

void test_main(void)
{
    static const uint16_t ranges[][3] = { { 0, 0, 4096 },   { 1, 2, 4094 }, { 4095, 0, 1 },
                                          { 0, 4095, 1 },   { 7, 3, 1000 }, { 0, 0, 0 },
                                          { 4096, 4096, 0 } };

    grants_setup();
    for (unsigned i = 0; i < 4096; i++)
        source[i] = (uint8_t)(i * 7 + i / 256);
    grant(8, source, GRANTED | GTF_readonly);
    grant(9, target, GRANTED);
    for (unsigned i = 0; i < ARRAY_COUNT(ranges); i++) {
        for (unsigned ends = 0; ends < 4; ends++)
            check(ends & 1, ends & 2, ranges[i][0], ranges[i][1], ranges[i][2]);
    }
}
