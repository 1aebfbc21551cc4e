/* SPDX-License-Identifier: MIT */
/*
 * A page with descriptors that are not allowed cannot become part of an LDT: gates and TSSs would lead into ring 0. The load is the
 * guest's page fault (abi-facts 5.9).
 */
#include "guest.h"

static const uint64_t bad[] = {
    0x0000ec000008e008, /* call gate to the hypervisor's code */
    0x00008b0000000067, /* TSS */
    0x0000820000000067, /* LDT */
    0x00008e000008e008, /* interrupt gate */
    0x00008f000008e008, /* trap gate */
};

static uint64_t ldt[512] PAGE_ALIGNED;

static void load_es(void *selector)
{
    __asm__ volatile("mov %w0, %%es" : : "r"(selector));
}

void test_main(void)
{
    struct mmuext_op op = { .cmd = MMUEXT_SET_LDT,
                            .arg1.linear_addr = (uint64_t)ldt,
                            .arg2.nr_ents = 512 };

    for (unsigned i = 0; i < ARRAY_COUNT(bad); i++) {
        struct try_result result;

        require_eq(map_page(ldt, entry_of(ldt, PTE_RW)), 0, "a writable page");
        ldt[3] = 0x00cff3000000ffff;
        ldt[100] = bad[i];
        require_eq(map_page(ldt, entry_of(ldt, PTE_RO)), 0, "a read-only page");
        require_eq(hypercall(mmuext_op, &op, 1, NULL, DOMID_SELF), 0, "an LDT");
        result = try(load_es, (void *)(3UL << 3 | 7));
        expect_eq(result.vector, VECTOR_PF, "the exception");
        expect_eq(result.cr2, &ldt[3], "its address");
    }
}
