/* SPDX-License-Identifier: MIT */
/*
 * machphys_mapping says where the M2P is and the last index that may be used; every entry up to it can be
 * read (memory.h; abi-facts 1.8).
 */
#include "guest.h"

void test_main(void)
{
    struct xen_machphys_mapping mapping = { 0 };

    expect_eq(hypercall(memory_op, XENMEM_machphys_mapping, &mapping), 0, "mapping");
    expect_eq(mapping.v_start, (long)MACH2PHYS_VIRT_START, "start");
    expect_eq(mapping.v_end, (long)MACH2PHYS_VIRT_END, "end");
    require(mapping.max_mfn > 0 && mapping.max_mfn < 0x100000, "max_mfn");
    for (uint64_t mfn = 0; mfn <= mapping.max_mfn; mfn++) {
        if (try_read((uint64_t *)mapping.v_start + mfn, NULL).trapped) {
            failure("entry %#lx cannot be read", mfn);
            break;
        }
    }
    expect_eq(hypercall(memory_op, XENMEM_machphys_mapping, NULL), -XEN_EFAULT, "null");
}
