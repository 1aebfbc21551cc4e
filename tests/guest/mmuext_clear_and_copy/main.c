/* SPDX-License-Identifier: MIT */
/*
 * CLEAR_PAGE and COPY_PAGE work on the caller's frames by number; on a page table or another's frame
 * they are refused (xen.h).
 */
#include "guest.h"

static long copy(uint64_t to, uint64_t from)
{
    struct mmuext_op op = { .cmd = MMUEXT_COPY_PAGE, .arg1.mfn = to, .arg2.src_mfn = from };

    return hypercall(mmuext_op, &op, 1, NULL, DOMID_SELF);
}

void test_main(void)
{
    uint64_t *a = page_new(), *b = page_new();
    uint64_t l4 = mfn_of((void *)start_info->pt_base);

    for (unsigned i = 0; i < 512; i++)
        a[i] = i * 3;
    expect_eq(copy(mfn_of(b), mfn_of(a)), 0, "a copy");
    expect_eq(memcmp(a, b, 4096), 0, "is the same");
    expect_eq(mmu_extended(MMUEXT_CLEAR_PAGE, mfn_of(a)), 0, "clearing");
    for (unsigned i = 0; i < 512; i++)
        expect_eq(a[i], 0, "cleared");
    expect_eq(b[511], 511 * 3, "the copy is another page");
    expect(mmu_extended(MMUEXT_CLEAR_PAGE, l4) < 0, "a page table is not cleared");
    expect(copy(l4, mfn_of(b)) < 0, "nor copied to");
    expect(copy(mfn_of(b), 0xfffffffffUL) < 0, "from no frame");
    expect(mmu_extended(MMUEXT_CLEAR_PAGE, 0x100) < 0, "the hypervisor's image");
}
