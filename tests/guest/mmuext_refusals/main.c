/* SPDX-License-Identifier: MIT */
/*
 * mmuext_op refuses commands that do not exist, lists that cannot be read, domains that may not be
 * named.
 *
 * Machine: domains=1
 */
#include "guest.h"

static void check(long foreign)
{
    struct mmuext_op op = { .cmd = MMUEXT_TLB_FLUSH_LOCAL };
    uint32_t done = 7;

    expect_eq(hypercall(mmuext_op, &op, 1, &done, DOMID_SELF), 0, "a flush");
    expect_eq(done, 1, "is counted");
    expect_eq(hypercall(mmuext_op, NULL, 1, &done, DOMID_SELF), -XEN_EFAULT, "a null list");
    expect_eq(mmu_extended(14, 0), -XEN_ENOSYS, "command 14");
    expect_eq(mmu_extended(21, 0), -XEN_ENOSYS, "a command beyond the last");
    expect_eq(mmu_extended(~0u, 0), -XEN_ENOSYS, "the largest");
    expect(mmu_extended(MMUEXT_MARK_SUPER, mfn_of(start_info)) < 0, "superpages");
    expect(hypercall(mmuext_op, &op, 1, NULL, foreign) < 0, "a domain it may not name");
}

void neighbour_main(uint32_t id)
{
    (void)id;
    check(0);
}

void test_main(void)
{
    check(77);
    neighbour_wait(1);
}
