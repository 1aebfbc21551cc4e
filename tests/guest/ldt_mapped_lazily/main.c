/* SPDX-License-Identifier: MIT */
/*
 * set_ldt only notes where the LDT is; its pages are taken when a selector is first loaded. A page that is missing or writable
 * then is a page fault at its address in the LDT, and the guest can mend it (abi-facts 5.9). User mode's loads find the
 * kernel's mapping.
 */
#include "guest.h"

#define DATA_SEGMENT 0x00cff3000000ffffUL

static uint64_t ldt[2][512] PAGE_ALIGNED;

static void load_es(void *selector)
{
    __asm__ volatile("mov %w0, %%es" : : "r"(selector));
}

static long set_ldt(const void *base, uint32_t entries)
{
    struct mmuext_op op = { .cmd = MMUEXT_SET_LDT,
                            .arg1.linear_addr = (uint64_t)base,
                            .arg2.nr_ents = entries };

    return hypercall(mmuext_op, &op, 1, NULL, DOMID_SELF);
}

static NOINLINE void expect_fault(uint64_t selector, const void *address, const char *what)
{
    struct try_result result = try(load_es, (void *)selector);

    expect_eq(result.vector, VECTOR_PF, what);
    expect_eq(result.cr2, address, what);
    expect_eq(result.error_code & (PF_USER | PF_PRESENT), 0, what);
}

USER_CODE_BLOCK(user_load, "mov $0x100f, %eax\n" /* entry 513 of the LDT, RPL 3 */
                           "mov %eax, %es\n"
                           "mov %es, %eax\n" USER_RETURN);

void test_main(void)
{
    uint64_t first = 3u << 3 | 7, second = 513u << 3 | 7;

    ldt[0][3] = ldt[1][1] = DATA_SEGMENT;
    expect_eq(set_ldt(ldt, 1024), 0, "an LDT whose pages are writable");
    expect_fault(first, &ldt[0][3], "a page that is writable");
    require_eq(map_page(ldt[0], 0), 0, "no page");
    expect_fault(first, &ldt[0][3], "a page that is missing");
    require_eq(map_page(ldt[0], entry_of(ldt[0], PTE_RO)), 0, "a read-only page");
    expect(!try(load_es, (void *)first).trapped, "then it loads");

    expect_fault(second, &ldt[1][1], "the second page is looked at by itself");
    require_eq(map_page(ldt[1], entry_of(ldt[1], PTE_RO)), 0, "a read-only page");
    expect_eq(user_run(CODE(user_load), 0) & 0xffff, second, "user mode loads from it");

    require_eq(map_page(ldt[0], 0), 0, "the guest unmaps a page in use");
    expect(!try(load_es, (void *)first).trapped, "the LDT keeps it");
    require_eq(mmu_extended(MMUEXT_NEW_BASEPTR, mfn_of((void *)start_info->pt_base)), 0, "a root");
    expect_fault(first, &ldt[0][3], "a new root lets it go");
    __asm__ volatile("mov %w0, %%es" : : "r"(0));
}
