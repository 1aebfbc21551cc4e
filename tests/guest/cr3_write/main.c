/* SPDX-License-Identifier: MIT */
/*
 * A write to CR3 is NEW_BASEPTR: the new root is validated and then used, and the old one is free again
 * (abi-facts 4.1).
 */
#include "privileged.h"

void test_main(void)
{
    uint64_t *old = (uint64_t *)start_info->pt_base, *root = page_new(), value = 0;

    memcpy(root, old, 4096);
    require_eq(map_page(root, entry_of(root, PTE_RO)), 0, "a read-only page");
    expect(!try_write_cr(3, maddr_of(root)).trapped, "a new root");
    expect(!try_read_cr(3, &value).trapped && value == maddr_of(root), "is in force");
    require_eq(mmu_extended(MMUEXT_UNPIN_TABLE, mfn_of(old)), 0, "the old root is not pinned");
    expect_eq(map_page(old, entry_of(old, PTE_RW)), 0, "and can be written");
    old[300] = 0;
    expect_eq(map_page(old, entry_of(old, PTE_RO)), 0, "or become read-only");
    expect(!try_write_cr(3, maddr_of(old)).trapped, "and be the root again");
}
