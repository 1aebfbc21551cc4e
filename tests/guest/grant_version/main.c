/* SPDX-License-Identifier: MIT */
/*
 * There is one version of grant tables here, the first; asking for another is -ENOSYS and changes
 * nothing. So are the commands that only others have, and those that nobody has.
 */
#include "grants.h"

static void check_version(void)
{
    struct gnttab_get_version get = { .dom = DOMID_SELF };
    struct gnttab_set_version set = { .version = 1 };

    expect_eq(hypercall(grant_table_op, GNTTABOP_get_version, &get, 1), 0, "get_version");
    expect_eq(get.version, 1, "the version");
    expect_eq(hypercall(grant_table_op, GNTTABOP_set_version, &set, 1), 0, "version 1 is set");
    expect_eq(set.version, 1, "the version that is set");
    set.version = 2;
    expect_eq(hypercall(grant_table_op, GNTTABOP_set_version, &set, 1), -XEN_ENOSYS, "version 2");
    set.version = 0;
    expect_eq(hypercall(grant_table_op, GNTTABOP_set_version, &set, 1), -XEN_ENOSYS, "version 0");
    get.dom = 77;
    expect_eq(hypercall(grant_table_op, GNTTABOP_get_version, &get, 1), -XEN_ESRCH,
              "the version of a domain that does not exist");
}

void test_main(void)
{
    static const unsigned absent[] = { GNTTABOP_dump_table,
                                       GNTTABOP_transfer,
                                       GNTTABOP_get_status_frames,
                                       GNTTABOP_swap_grant_ref,
                                       13,
                                       100,
                                       0x7fffffff,
                                       0xffffffff };
    static uint64_t space[16];

    check_version();
    for (unsigned i = 0; i < ARRAY_COUNT(absent); i++)
        expect_eq(hypercall(grant_table_op, absent[i], space, 1), -XEN_ENOSYS,
                  "a command that is not there");
    for (unsigned i = 0; i < ARRAY_COUNT(space); i++)
        expect_eq(space[i], 0, "its argument is left alone");
}
