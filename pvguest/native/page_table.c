/* SPDX-License-Identifier: MIT */
/* Page tables on the bare processor: an entry is written, and that is all. */
#include "kernel/page.h"
#include "kernel/string.h"
#include "native/native.h"
#include "native/x86.h"

#define KERNEL_SLOTS 256u /* slots from this one on are the kernel's, the same in every root */

#define LARGE_PAGE     0x200000UL
#define LARGE_UNCACHED 0x90UL /* a page of 2 MiB, not cached */

pte_t *kernel_root = boot_root;

extern pte_t devices[512];

pte_t bottom_pte(uint64_t pfn, uint64_t flags)
{
    return (pte_t){ (pfn << PAGE_SHIFT) | flags };
}

uint64_t bottom_pte_pfn(pte_t entry)
{
    return (entry.value & PTE_ADDRESS) >> PAGE_SHIFT;
}

/*
 * The table `devices` maps 1 GiB from LOCAL_APIC_VIRT on, in pages of 2 MiB, of which start.S has
 * used the first.
 */
volatile void *map_device(uint64_t address, uint64_t bytes)
{
    static uint32_t used = 1;
    uint64_t first = address & ~(LARGE_PAGE - 1);
    uint32_t slot = used;

    for (uint64_t page = first; page < address + bytes; page += LARGE_PAGE) {
        if (used == 512)
            return NULL;
        devices[used++].value = page | PTE_PRESENT | PTE_WRITE | LARGE_UNCACHED;
    }
    bottom_flush_all();
    return (volatile void *)(LOCAL_APIC_VIRT + slot * LARGE_PAGE + (address - first));
}

void bottom_pte_write(pte_t *entry, pte_t value)
{
    *(volatile uint64_t *)&entry->value = value.value;
}

void bottom_pte_replace(pte_t *entry, pte_t value, uint64_t address)
{
    bottom_pte_write(entry, value);
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

void bottom_pte_batch_add(struct pte_batch *batch, pte_t *entry, pte_t value)
{
    (void)batch;
    bottom_pte_write(entry, value);
}

void bottom_pte_batch_flush(struct pte_batch *batch)
{
    (void)batch;
}

void bottom_table_adopt(uint64_t pfn)
{
    (void)pfn;
}

void bottom_table_release(uint64_t pfn)
{
    (void)pfn;
}

int bottom_space_create(struct address_space *space)
{
    uint64_t pfn = page_alloc();

    if (!pfn)
        return -1;
    space->root = pfn_to_virt(pfn);
    space->user_root = NULL;
    memcpy(&space->root[KERNEL_SLOTS], &kernel_root[KERNEL_SLOTS], PAGE_SIZE / 2);
    return 0;
}

void bottom_space_retire(struct address_space *space)
{
    (void)space;
}

void bottom_space_destroy(struct address_space *space)
{
    page_put(virt_to_pfn(space->root));
}

void bottom_space_write_root(struct address_space *space, uint32_t slot, pte_t value)
{
    bottom_pte_write(&space->root[slot], value);
}

void bottom_space_switch(struct address_space *space)
{
    write_cr3(virt_to_pfn(space ? space->root : kernel_root) << PAGE_SHIFT);
}

void bottom_flush_all(void)
{
    write_cr3(read_cr3());
}
