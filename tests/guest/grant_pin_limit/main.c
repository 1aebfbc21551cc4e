/* SPDX-License-Identifier: MIT */
/*
 * How often an entry can be used is bounded, and so is the number of handles; at the bound the next
 * use is refused, and nothing wraps: after as many ends the grant is free. (abi-facts 11.5)
 */
#include "grants.h"

#define PIECE    512u
#define TOO_MANY 300000u /* handles, whatever the limits */

static volatile uint64_t page[512] PAGE_ALIGNED;
static struct gnttab_map_grant_ref maps[PIECE];
static struct gnttab_unmap_grant_ref unmaps[PIECE];

/* Maps pieces until an entry is refused; the number that were not. */
static unsigned map_until_refused(int *status)
{
    for (unsigned count = 0; count < TOO_MANY; count += PIECE) {
        for (unsigned i = 0; i < PIECE; i++)
            maps[i] = (struct gnttab_map_grant_ref){ .flags = GNTMAP_device_map,
                                                     .ref = 8,
                                                     .dom = OWN_DOMAIN };
        require_eq(hypercall(grant_table_op, GNTTABOP_map_grant_ref, maps, PIECE), 0, "a piece");
        for (unsigned i = 0; i < PIECE; i++) {
            *status = maps[i].status;
            if (*status)
                return count + i;
        }
    }
    return TOO_MANY;
}

/* Handles are given out from 0 up. */
static void unmap_all(unsigned count)
{
    for (unsigned done = 0; done < count; done += PIECE) {
        unsigned piece = count - done < PIECE ? count - done : PIECE;

        for (unsigned i = 0; i < piece; i++)
            unmaps[i] = (struct gnttab_unmap_grant_ref){ .dev_bus_addr = maddr_of(page),
                                                         .handle = done + i };
        require_eq(hypercall(grant_table_op, GNTTABOP_unmap_grant_ref, unmaps, piece), 0,
                   "a piece");
        for (unsigned i = 0; i < piece; i++)
            expect_eq(unmaps[i].status, GNTST_okay, "each can end");
    }
}

void test_main(void)
{
    int status = 0;
    unsigned count;

    grants_setup();
    grant(8, page, GRANTED);
    count = map_until_refused(&status);
    expect(count >= 1000, "some thousand uses are possible");
    expect(count < TOO_MANY, "there is a limit");
    expect(status == GNTST_general_error || status == GNTST_no_device_space, "it is refused");
    expect_eq(grant_table[8].flags, USED_WRITING, "it is in use");
    unmap_all(count);
    expect_eq(grant_table[8].flags, GRANTED, "nobody uses it any more");
    expect(grant_revoke(8), "the granter takes it back");
}
