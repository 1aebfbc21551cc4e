/* SPDX-License-Identifier: MIT */
/*
 * VCPUOP_register_vcpu_info moves a vCPU's vcpu_info to the guest's own page, once for ever; the old
 * contents go along, and everything is marked pending so that no event is lost (vcpu.h;
 * abi-facts 10.1).
 */
#include "guest.h"

static uint8_t page[4096] PAGE_ALIGNED;

static long registered(uint64_t mfn, uint32_t offset)
{
    struct vcpu_register_vcpu_info registration = { .mfn = mfn, .offset = offset };

    return hypercall(vcpu_op, VCPUOP_register_vcpu_info, 0, &registration);
}

void test_main(void)
{
    struct vcpu_info *info = (struct vcpu_info *)(void *)(page + 128);

    expect_eq(registered(mfn_of(page), 4096 - 63), -XEN_EINVAL, "one that crosses the page");
    expect_eq(registered(mfn_of(page), 4096), -XEN_EINVAL, "one beyond it");
    expect_eq(registered(mfn_of(page), 3), -XEN_EINVAL, "one that is not aligned");
    expect(registered(0xfffffffffUL, 0) < 0, "a frame that does not exist");
    expect(registered(mfn_of((void *)start_info->pt_base), 0) < 0, "a page table");
    expect(registered(0x100, 0) < 0, "the hypervisor's image");

    shared_info->vcpu_info[0].arch.cr2 = 0x1234;
    expect_eq(registered(mfn_of(page), 128), 0, "a good one");
    expect_eq(info->arch.cr2, 0x1234, "has the old contents");
    expect_eq(info->evtchn_upcall_mask, 1, "and the old mask");
    expect_eq(info->evtchn_upcall_pending, 1, "an upcall is pending");
    expect_eq(info->evtchn_pending_sel, ~0L, "for every word");
    expect(registered(mfn_of(page), 256) < 0, "a second time");
    expect(map_page(page, entry_of(page, PTE_RW)) == 0, "the page stays the guest's to write");
    expect(mmu_extended(MMUEXT_PIN_L1_TABLE, mfn_of(page)) < 0, "and cannot be a page table");
}
