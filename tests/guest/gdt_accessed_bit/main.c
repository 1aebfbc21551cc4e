/* SPDX-License-Identifier: MIT */
/*
 * The processor writes the accessed bit of a descriptor into the guest's page when its selector is loaded: the page is read-only
 * to the guest, but not to the processor (abi-facts 5.9). Privilege 0 of a descriptor becomes 3.
 */
#include "guest.h"

#define DATA_NOT_ACCESSED 0x00cf92000000ffffUL /* DPL 0 */
#define ACCESSED          BIT(40)
#define DPL_3             (3UL << 45)

static uint64_t gdt[512] PAGE_ALIGNED;

void test_main(void)
{
    volatile uint64_t *descriptor = &gdt[4];
    uint64_t frame = mfn_of(gdt);

    gdt[4] = DATA_NOT_ACCESSED;
    require_eq(map_page(gdt, entry_of(gdt, PTE_RO)), 0, "a read-only page");
    require_eq(hypercall(set_gdt, &frame, 512), 0, "a GDT");
    expect_eq(*descriptor, DATA_NOT_ACCESSED | DPL_3, "its privilege");
    __asm__ volatile("mov %w0, %%es" : : "r"(4 << 3 | 3));
    expect_eq(*descriptor, DATA_NOT_ACCESSED | DPL_3 | ACCESSED, "after loading it");
    __asm__ volatile("mov %w0, %%es" : : "r"(0));
}
