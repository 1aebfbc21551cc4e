/* SPDX-License-Identifier: MIT */
/*
 * set_gdt replaces the guest's part of the descriptor table, at most 7168 descriptors in frames that
 * nobody can write; the hypervisor's selectors stay (xen.h; abi-facts 2.2).
 */
#include "guest.h"

static uint64_t gdt[1024] PAGE_ALIGNED;

#define DATA_SEGMENT 0x00cff3000000ffffUL

static void load_fs(void *argument)
{
    __asm__ volatile("mov %w0, %%fs" : : "r"((uint32_t)(uint64_t)argument));
}

static bool loads(uint32_t selector)
{
    return !try(load_fs, (void *)(uint64_t)selector).trapped;
}

void test_main(void)
{
    uint64_t frames[15];

    for (unsigned i = 0; i < 15; i++)
        frames[i] = mfn_of(gdt);
    gdt[4] = DATA_SEGMENT;
    gdt[600] = DATA_SEGMENT;
    frames[1] = mfn_of(gdt + 512);
    expect(!loads(4 << 3 | 3), "there is no GDT at first");
    expect(hypercall(set_gdt, frames, 16) < 0, "a page that can be written");
    require_eq(map_page(gdt, entry_of(gdt, PTE_RO)), 0, "read-only");
    require_eq(map_page(gdt + 512, entry_of(gdt + 512, PTE_RO)), 0, "read-only");
    expect_eq(hypercall(set_gdt, frames, 16), 0, "16 descriptors");
    expect(loads(4 << 3 | 3), "one of them");
    expect(!loads(5 << 3 | 3), "an empty one");
    expect(loads(FLAT_KERNEL_SS), "the flat one of the hypervisor");
    expect(map_page(gdt, entry_of(gdt, PTE_RW)) < 0, "its page is a descriptor page");
    expect_eq(hypercall(set_gdt, frames, 1024), 0, "two pages");
    expect(loads(600 << 3 | 3), "a descriptor in the second");
    expect_eq(hypercall(set_gdt, frames, 0), 0, "none");
    expect(!loads(4 << 3 | 3), "nothing loads");
    expect_eq(map_page(gdt, entry_of(gdt, PTE_RW)), 0, "the page is free");

    expect_eq(hypercall(set_gdt, frames, 7169), -XEN_EINVAL, "too many");
    expect_eq(hypercall(set_gdt, NULL, 16), -XEN_EFAULT, "a null list");
    frames[0] = 0xfffffffffUL;
    expect(hypercall(set_gdt, frames, 16) < 0, "a frame that does not exist");
    frames[0] = mfn_of((void *)start_info->pt_base);
    expect(hypercall(set_gdt, frames, 16) < 0, "a page table");
}
