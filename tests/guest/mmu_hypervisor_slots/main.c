/* SPDX-License-Identifier: MIT */
/*
 * The slots 256 to 271 of an L4 are the hypervisor's: no update reaches them (XSA-148, XSA-182 and
 * abi-facts 1.8).
 */
#include "guest.h"

void test_main(void)
{
    uint64_t l4 = maddr_of((void *)start_info->pt_base);
    const uint64_t *table = (const uint64_t *)start_info->pt_base;

    for (uint64_t slot = 256; slot < 272; slot++) {
        struct mmu_update update = { l4 + slot * 8, 0 };

        expect(hypercall(mmu_update, &update, 1, NULL, DOMID_SELF) < 0, "clearing it");
        update.val = table[511];
        expect(hypercall(mmu_update, &update, 1, NULL, DOMID_SELF) < 0, "setting it");
        update.ptr |= MMU_PT_UPDATE_PRESERVE_AD;
        expect(hypercall(mmu_update, &update, 1, NULL, DOMID_SELF) < 0, "keeping bits");
    }
    expect_eq(mmu_write(l4 + 272 * 8, 0), 0, "the slot behind them is the guest's");
    expect_eq(mmu_write(l4 + 255 * 8, 0), 0, "so is the one before");
}
