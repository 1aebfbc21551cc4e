/* SPDX-License-Identifier: MIT */
/*
 * In place of mm/hypervisor_map.c: the hypervisor's slots hold entries that point nowhere, told
 * apart by their number; the shared pages are ordinary ones.
 */
#include "arch/pte.h"
#include "mm/heap.h"
#include "mm/hypervisor_map.h"

maddr_t hypervisor_root = { 0x1000 };

const uint64_t *hypervisor_root_entries(void)
{
    static uint64_t entries[PTES_PER_TABLE];

    for (unsigned slot = HOLE_FIRST_SLOT; slot <= HOLE_LAST_SLOT; slot++)
        entries[slot] = ((uint64_t)slot << PAGE_SHIFT) | PTE_HYPERVISOR_TABLE;
    return entries;
}

static uint64_t shared_pages[2][PTES_PER_TABLE] __attribute__((aligned(PAGE_SIZE)));

maddr_t zero_page_maddr(void)
{
    return virt_to_maddr(shared_pages[0]);
}

void *hypervisor_gdt_page(void)
{
    return shared_pages[1];
}

maddr_t hypervisor_gdt_maddr(void)
{
    return virt_to_maddr(shared_pages[1]);
}
