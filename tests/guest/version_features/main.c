/* SPDX-License-Identifier: MIT */
/*
 * xen_version get_features answers 32 bits for each submap index, of which there is one
 * (features.h; abi-facts 1.9: Linux panics without bits 5 and 7, and must not see bits 0 and 2).
 */
#include "guest.h"

void test_main(void)
{
    struct xen_feature_info info = { .submap_idx = 0 };

    expect_eq(hypercall(xen_version, XENVER_get_features, &info), 0, "the first submap");
    expect(info.submap & BIT(XENFEAT_mmu_pt_update_preserve_ad), "accessed bits can be kept");
    expect(info.submap & BIT(XENFEAT_gnttab_map_avail_bits), "software bits of grants");
    expect(info.submap & BIT(XENFEAT_dom0), "this is the control domain");
    expect(!(info.submap & BIT(XENFEAT_writable_page_tables)), "page tables are read-only");
    expect(!(info.submap & BIT(XENFEAT_auto_translated_physmap)), "frames are machine frames");
    expect(!(info.submap & BIT(XENFEAT_pae_pgdir_above_4gb)), "not before the assist is enabled");

    expect_eq(hypercall(vm_assist, VMASST_CMD_enable, VMASST_TYPE_pae_extended_cr3), 0, "assist");
    expect_eq(hypercall(xen_version, XENVER_get_features, &info), 0, "the first submap again");
    expect(info.submap & BIT(XENFEAT_pae_pgdir_above_4gb), "after it was enabled");

    info.submap_idx = 1;
    expect_eq(hypercall(xen_version, XENVER_get_features, &info), -XEN_EINVAL, "a second submap");
    expect_eq(info.submap_idx, 1, "a refused argument is left alone");
}
