/* SPDX-License-Identifier: MIT */
/*
 * SET_LDT makes descriptors in the guest's memory usable by selectors with the table bit; the pages
 * are mapped when they are touched and are read-only meanwhile (xen.h; abi-facts 5).
 */
#include "guest.h"

static uint64_t ldt[1024] PAGE_ALIGNED;

static long set_ldt(uint64_t base, uint32_t entries)
{
    struct mmuext_op op = { .cmd = MMUEXT_SET_LDT, .arg1.linear_addr = base };

    op.arg2.nr_ents = entries;
    return hypercall(mmuext_op, &op, 1, NULL, DOMID_SELF);
}

#define DATA_SEGMENT(base)                                                                         \
    (0x00cff3000000ffffUL | ((uint64_t)(base)&0xffffff) << 16 | ((uint64_t)(base) >> 24) << 56)

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
    ldt[3] = DATA_SEGMENT(0);
    ldt[600] = DATA_SEGMENT(0);
    require_eq(map_page(ldt, entry_of(ldt, PTE_RO)), 0, "read-only");
    require_eq(map_page(ldt + 512, entry_of(ldt + 512, PTE_RO)), 0, "read-only");
    expect(!loads(3 << 3 | 7), "before, there is no LDT");
    expect_eq(set_ldt((uint64_t)ldt, 1024), 0, "setting it");
    expect(loads(3 << 3 | 7), "a descriptor in the first page");
    expect(loads(600 << 3 | 7), "and in the second");
    expect(!loads(4 << 3 | 7), "an empty descriptor");
    expect(map_page(ldt, entry_of(ldt, PTE_RW)) < 0, "a page in use cannot be made writable");
    expect_eq(set_ldt((uint64_t)ldt, 512), 0, "a shorter one");
    expect(loads(3 << 3 | 7), "in the limit");
    expect(!loads(600 << 3 | 7), "beyond it");
    load_fs((void *)0);
    expect_eq(set_ldt(0, 0), 0, "none");
    expect(!loads(3 << 3 | 7), "nothing loads");
    expect_eq(map_page(ldt, entry_of(ldt, PTE_RW)), 0, "the page is free");

    expect(set_ldt((uint64_t)ldt + 8, 16) < 0, "a base that is no page's");
    expect(set_ldt((uint64_t)ldt, 8193) < 0, "too many");
    expect(set_ldt(HYPERVISOR_VIRT_START, 512) < 0, "in the hypervisor's range");
    expect(set_ldt(0x7fffffff1000UL, 8192) < 0, "reaching into the hole");
}
