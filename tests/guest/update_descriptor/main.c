/* SPDX-License-Identifier: MIT */
/*
 * update_descriptor writes one descriptor of a descriptor page, or of a page of the guest's that
 * is not yet one, by its machine address, and checks it like set_gdt (xen.h; abi-facts 2.2).
 */
#include "guest.h"

static uint64_t gdt[512] PAGE_ALIGNED;

#define DATA_SEGMENT 0x00cff3000000ffffUL

void test_main(void)
{
    uint64_t frame = mfn_of(gdt);
    uint64_t address = maddr_of(&gdt[5]);

    expect_eq(hypercall(update_descriptor, address, DATA_SEGMENT), 0, "a page of memory");
    expect_eq(((volatile uint64_t *)gdt)[5], (long)DATA_SEGMENT, "is written");
    require_eq(map_page(gdt, entry_of(gdt, PTE_RO)), 0, "read-only");
    require_eq(hypercall(set_gdt, &frame, 16), 0, "as GDT");
    expect_eq(hypercall(update_descriptor, address + 8, DATA_SEGMENT), 0, "a descriptor page");
    expect_eq(((volatile uint64_t *)gdt)[6], (long)DATA_SEGMENT, "is written");
    expect(hypercall(update_descriptor, address, 0x0000890000000067UL) < 0, "a TSS is refused");
    expect_eq(((volatile uint64_t *)gdt)[5], (long)DATA_SEGMENT, "and not written");
    expect(hypercall(update_descriptor, address + 4, DATA_SEGMENT) < 0, "an unaligned address");
    expect(hypercall(update_descriptor, maddr_of((void *)start_info->pt_base), DATA_SEGMENT) < 0,
           "a page table");
    expect(hypercall(update_descriptor, 0x100000, DATA_SEGMENT) < 0, "the hypervisor's image");
    expect(hypercall(update_descriptor, 0xfffffffff000UL, DATA_SEGMENT) < 0, "no such frame");
}
