/* SPDX-License-Identifier: MIT */
/*
 * copy between an own frame and one that another domain granted, both ways, and between grants of
 * two domains; and nothing of what was not granted. (abi-facts 7.4)
 *
 * Machine: domains=2
 */
#include "grants.h"

#define READABLE 8u
#define WRITABLE 9u
#define SECRET   10u /* is for nobody */

static uint8_t readable[4096] PAGE_ALIGNED;
static uint8_t writable[4096] PAGE_ALIGNED;

void neighbour_main(uint32_t id)
{
    grants_setup();
    memset(readable, (int)(0x10 + id), sizeof(readable));
    grant_mfn(READABLE, CONTROL_DOMAIN, mfn_of(readable), GRANTED | GTF_readonly);
    grant_mfn(WRITABLE, CONTROL_DOMAIN, mfn_of(writable), GRANTED);
    grant_mfn(SECRET, 77, mfn_of(readable), GRANTED);
    meet(CONTROL_DOMAIN);
    meet(CONTROL_DOMAIN);
    expect_eq(readable[100], 0x10 + id, "what was for reading is as it was");
    expect_eq(grant_table[READABLE].flags, GRANTED | GTF_readonly, "the flags are back");
    expect_eq(grant_table[WRITABLE].flags, GRANTED, "these, too");
    if (id == 1) {
        expect_eq(writable[7], 0xc0, "what the control domain wrote");
        expect_eq(writable[8], 0, "and no more");
    } else {
        expect_eq(writable[0], 0x11, "what the other neighbour had");
    }
}

static struct gnttab_copy_ptr of(uint16_t domain, unsigned ref)
{
    return (struct gnttab_copy_ptr){ .u.ref = ref, .domid = domain };
}

static struct gnttab_copy_ptr own(const uint8_t *page)
{
    return (struct gnttab_copy_ptr){ .u.gmfn = mfn_of(page), .domid = DOMID_SELF };
}

void test_main(void)
{
    struct gnttab_copy ops[] = {
        { of(1, READABLE), own(writable), 4096, GNTCOPY_source_gref, 77 },
        { own(readable), of(1, WRITABLE), 8, GNTCOPY_dest_gref, 77 },
        { of(1, READABLE), of(2, WRITABLE), 64, GNTCOPY_source_gref | GNTCOPY_dest_gref, 77 },
        { own(readable), of(1, READABLE), 8, GNTCOPY_dest_gref, 77 },
        { of(2, SECRET), own(writable), 8, GNTCOPY_source_gref, 77 },
        { { .u.gmfn = mfn_of(readable), .domid = 1 }, own(writable), 8, 0, 77 },
    };
    static const int wanted[] = {
        GNTST_okay,          GNTST_okay,          GNTST_okay,
        GNTST_general_error, GNTST_general_error, GNTST_permission_denied
    };

    memset(readable, 0xc0, sizeof(readable));
    meet(1);
    meet(2);
    expect_eq(hypercall(grant_table_op, GNTTABOP_copy, ops, ARRAY_COUNT(ops)), 0, "copies");
    for (unsigned i = 0; i < ARRAY_COUNT(ops); i++)
        expect_eq(ops[i].status, wanted[i], "the status of a copy");
    expect_eq(writable[4095], 0x11, "what the neighbour had");
    meet(1);
    meet(2);
    neighbour_wait(1);
    neighbour_wait(2);
}
