/* SPDX-License-Identifier: MIT */
#include "ptwr.h"

uint64_t ptwr_target[512] PAGE_ALIGNED;
volatile uint64_t *ptwr_entry;

void ptwr_setup(void)
{
    uint64_t address = pte_address((uint64_t)ptwr_target, 1);

    ptwr_entry = (volatile uint64_t *)(VIRT_BASE + m2p(address >> 12) * 4096 + (address & 4095));
    require_eq(hypercall(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), 0,
               "writable page tables");
    ptwr_reset();
}

void ptwr_reset(void)
{
    require_eq(map_page(ptwr_target, entry_of(ptwr_target, PTE_RW)), 0, "the page is mapped");
}
