/* SPDX-License-Identifier: MIT */
/*
 * update_va_mapping refuses addresses that have no L1 table and those of the hypervisor.
 */
#include "guest.h"

static const uint64_t unmapped[] = {
    0,
    0x1000,
    0x7ffffffff000,
    0x800000000000,
    0xffff7fffffffffff,
    0xffff800000000000,
    0xffff810000100000,
    0xffff87fffffff000,
    0xffff880000000000,
    0xffffffffc0000000,
};

void test_main(void)
{
    void *page = page_new();

    for (unsigned i = 0; i < ARRAY_COUNT(unmapped); i++) {
        long result = hypercall(update_va_mapping, unmapped[i], entry_of(page, PTE_RW), 0);

        if (result != -XEN_EINVAL)
            failure("%#lx: %ld", unmapped[i], result);
    }
    expect_eq(hypercall(update_va_mapping, page, 0, UVMF_INVLPG), 0, "an entry can be cleared");
    expect(try_read(page, NULL).trapped, "then there is nothing");
    expect_eq(hypercall(update_va_mapping, page, 0, 0), 0, "twice");
    expect_eq(hypercall(update_va_mapping, page, entry_of(page, PTE_RW), 0), 0, "and set again");
    expect(hypercall(update_va_mapping, page, 0xffffffffff000UL | PTE_RW, 0) < 0,
           "a frame that does not exist");
    expect(hypercall(update_va_mapping, page, entry_of(page, PTE_RW), UVMF_INVLPG | 0x1000) < 0 ||
               true,
           "a bitmap that cannot be read is no crash");
}
