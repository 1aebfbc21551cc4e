/* SPDX-License-Identifier: MIT */
/*
 * The user half of an address space: four levels of tables, pages brought in at the first
 * touch, copied at the first write after a fork.
 */
#include "kernel/page.h"
#include "kernel/print.h"
#include "kernel/process.h"
#include "kernel/string.h"

#define TABLE_FLAGS (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY)
#define ENTRIES     512u
#define USER_SLOTS  256u

static uint32_t table_index(uint64_t address, uint32_t level)
{
    return (uint32_t)(address >> (PAGE_SHIFT + 9 * (level - 1))) & (ENTRIES - 1);
}

static uint64_t table_make(void)
{
    uint64_t pfn = page_alloc();

    if (pfn)
        bottom_table_adopt(pfn);
    return pfn;
}

pte_t *vm_walk(struct address_space *space, uint64_t address, bool create)
{
    pte_t *table = space->root;

    for (uint32_t level = 4; level > 1; level--) {
        pte_t *entry = &table[table_index(address, level)];

        if (!(entry->value & PTE_PRESENT)) {
            uint64_t pfn = create ? table_make() : 0;

            if (!pfn)
                return NULL;
            if (level == 4)
                bottom_space_write_root(space, table_index(address, 4),
                                        bottom_pte(pfn, TABLE_FLAGS));
            else
                bottom_pte_write(entry, bottom_pte(pfn, TABLE_FLAGS));
        }
        table = pfn_to_virt(bottom_pte_pfn(*entry));
    }
    return &table[table_index(address, 1)];
}

static const struct region *region_of(const struct process *process, uint64_t address)
{
    for (uint32_t i = 0; i < process->region_count; i++) {
        const struct region *region = &process->regions[i];

        if (address >= region->start && address < region->end)
            return region;
    }
    return NULL;
}

int vm_region_add(struct process *process, struct region region)
{
    if (process->region_count == REGION_LIMIT || region.start >= region.end ||
        region.end > USER_END)
        return -1;
    for (uint32_t i = 0; i < process->region_count; i++) {
        const struct region *other = &process->regions[i];

        if (region.start < other->end && other->start < region.end)
            return -1;
    }
    process->regions[process->region_count++] = region;
    return 0;
}

bool vm_range_ok(const struct process *process, uint64_t address, uint64_t bytes, bool write)
{
    uint64_t end = address + bytes;

    if (end < address || end > USER_END)
        return false;
    while (address < end) {
        const struct region *region = region_of(process, address);

        if (!region || (write && !region->is_writable))
            return false;
        address = region->end;
    }
    return true;
}

static uint64_t page_flags(const struct region *region)
{
    return PTE_PRESENT | PTE_USER | PTE_ACCESSED |
           (region->is_writable ? PTE_WRITE | PTE_DIRTY : 0) | (region->is_executable ? 0 : PTE_NX);
}

/* The only user of a page may just write it; otherwise the writer gets a copy. */
static bool copy_on_write(pte_t *entry, uint64_t address, const struct region *region)
{
    uint64_t old = bottom_pte_pfn(*entry);
    uint64_t pfn = old;

    if (page_users(old) > 1) {
        pfn = page_alloc();
        if (!pfn)
            return false;
        memcpy(pfn_to_virt(pfn), pfn_to_virt(old), PAGE_SIZE);
    }
    bottom_pte_replace(entry, bottom_pte(pfn, page_flags(region)), address);
    if (pfn != old)
        page_put(old);
    return true;
}

bool vm_fault(struct process *process, uint64_t address, bool write)
{
    const struct region *region = region_of(process, address);

    if (!region || (write && !region->is_writable))
        return false;
    pte_t *entry = vm_walk(&process->space, address, true);

    if (!entry)
        return false;
    if (entry->value & PTE_PRESENT)
        return write && (entry->value & PTE_COW) &&
               copy_on_write(entry, address & PAGE_MASK, region);

    uint64_t pfn = page_alloc();

    if (!pfn)
        return false;
    bottom_pte_write(entry, bottom_pte(pfn, page_flags(region)));
    return true;
}

int vm_map_page(struct process *process, struct pte_batch *batch, uint64_t address, uint64_t pfn,
                uint64_t flags)
{
    pte_t *entry = vm_walk(&process->space, address, true);

    if (!entry)
        return -1;
    bottom_pte_batch_add(batch, entry, bottom_pte(pfn, flags));
    return 0;
}

struct fork_copy {
    struct process *child;
    struct pte_batch parent_writes;
    struct pte_batch child_writes;
};

static int share_page(struct fork_copy *copy, pte_t *entry, uint64_t address)
{
    uint64_t flags = entry->value & ~PTE_ADDRESS;
    uint64_t pfn = bottom_pte_pfn(*entry);

    if (flags & PTE_WRITE) {
        flags = (flags & ~(PTE_WRITE | PTE_DIRTY)) | PTE_COW;
        bottom_pte_batch_add(&copy->parent_writes, entry, bottom_pte(pfn, flags));
    }
    if (vm_map_page(copy->child, &copy->child_writes, address, pfn, flags))
        return -1;
    page_get(pfn);
    return 0;
}

static int share_region(struct fork_copy *copy, struct process *parent, const struct region *region)
{
    for (uint64_t address = region->start; address < region->end; address += PAGE_SIZE) {
        pte_t *entry = vm_walk(&parent->space, address, false);

        if (entry && (entry->value & PTE_PRESENT) && share_page(copy, entry, address))
            return -1;
    }
    return 0;
}

int vm_copy_for_fork(struct process *parent, struct process *child)
{
    struct fork_copy copy = { .child = child };
    int result = 0;

    for (uint32_t i = 0; i < parent->region_count && !result; i++) {
        child->regions[i] = parent->regions[i];
        child->region_count = i + 1;
        result = share_region(&copy, parent, &parent->regions[i]);
    }
    child->mmap_next = parent->mmap_next;
    bottom_pte_batch_flush(&copy.parent_writes);
    bottom_pte_batch_flush(&copy.child_writes);
    bottom_flush_all();
    return result;
}

static void table_free(uint64_t pfn, uint32_t level)
{
    const pte_t *table = pfn_to_virt(pfn);

    for (uint32_t i = 0; i < ENTRIES; i++) {
        if (!(table[i].value & PTE_PRESENT))
            continue;
        if (level > 1)
            table_free(bottom_pte_pfn(table[i]), level - 1);
        else
            page_put(bottom_pte_pfn(table[i]));
    }
    bottom_table_release(pfn);
    page_put(pfn);
}

void vm_destroy(struct address_space *space)
{
    bottom_space_retire(space);
    for (uint32_t slot = 0; slot < USER_SLOTS; slot++) {
        if (space->root[slot].value & PTE_PRESENT)
            table_free(bottom_pte_pfn(space->root[slot]), 3);
    }
    bottom_space_destroy(space);
}
