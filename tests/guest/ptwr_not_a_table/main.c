/* SPDX-License-Identifier: MIT */
/*
 * A write to a read-only page that is no page table, or that is not mapped, is the guest's page fault, emulation or not
 * (abi-facts 5.8). It is not retried for ever.
 */
#include "ptwr.h"

static uint64_t page[512] PAGE_ALIGNED;

void test_main(void)
{
    struct try_result result;

    ptwr_setup();
    page[7] = 77;
    require_eq(map_page(page, entry_of(page, PTE_RO)), 0, "a read-only page");
    result = try_write(&page[7], 1);
    expect_eq(result.vector, VECTOR_PF, "an ordinary page");
    expect_eq(result.error_code, PF_PRESENT | PF_WRITE, "its error code");
    expect_eq(((volatile uint64_t *)page)[7], 77, "is not written");
    result = try_write((void *)MACH2PHYS_VIRT_START, 1);
    expect_eq(result.vector, VECTOR_PF, "the M2P");
    result = try_write((void *)0xffff840000000000, 1);
    expect_eq(result.vector, VECTOR_PF, "the hypervisor's memory");
}
