/* SPDX-License-Identifier: MIT */
/*
 * The hypervisor writes a frame with the guest's rights: a read-only page is no stack.
 */
#include "guest.h"

static uint8_t page[4096] PAGE_ALIGNED;

void test_main(void)
{
    require_eq(map_page(page, entry_of(page, PTE_RO)), 0, "a read-only page");
    expect_crash("no stack at ");
    __asm__ volatile("lea %0, %%rsp\nud2" : : "m"(page[2048]));
}
