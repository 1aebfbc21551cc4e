/* SPDX-License-Identifier: MIT */
/*
 * The regions of the CPUs (arch/layout.h): which of their pages exist, and how they are mapped. A
 * page that is not in the table below is a hole, so that a stack that overflows faults.
 */
#include "arch/pte.h"
#include "lib/assert.h"
#include "lib/errno.h"
#include "lib/spinlock.h"
#include "mm/heap.h"
#include "mm/hypervisor_map.h"
#include "mm/image.h"
#include "mm/map_tables.h"

#define REGION_PAGES ((unsigned)(CPU_REGION_SIZE / PAGE_SIZE))

static const uint8_t present_pages[] = {
    CPU_REGION_STUB_PAGE,           CPU_REGION_CPU_PAGE,
    CPU_REGION_CPU_PAGE + 1,        CPU_REGION_DF_STACK_PAGE,
    CPU_REGION_NMI_STACK_PAGE,      CPU_REGION_MC_STACK_PAGE,
    CPU_REGION_DB_STACK_PAGE,       CPU_REGION_MAIN_STACK_PAGE,
    CPU_REGION_MAIN_STACK_PAGE + 1, CPU_REGION_MAIN_STACK_PAGE + 2,
    CPU_REGION_MAIN_STACK_PAGE + 3,
};
_Static_assert(CPU_REGION_MAIN_STACK_PAGE + 4 == CPU_REGION_SIZE / PAGE_SIZE, "main stack");

#define PRESENT_PAGES ARRAY_COUNT(present_pages)

static uint64_t *map_root;
static void *stubs[MAX_CPUS];
static struct spinlock region_lock = SPINLOCK_INIT(LOCK_DEVICE_MAP);

static uint64_t page_address(uint32_t id, unsigned page)
{
    return CPU_REGIONS_VIRT + id * CPU_REGION_SIZE + page * PAGE_SIZE;
}

static uint64_t page_bits(unsigned page)
{
    return page == CPU_REGION_STUB_PAGE ? PTE_HYPERVISOR_TEXT : PTE_HYPERVISOR_DATA;
}

void cpu_region_map_boot(uint64_t *root, const struct image *image)
{
    map_root = root;
    stubs[0] = (void *)(image->boot_cpu_region + CPU_REGION_STUB_PAGE * PAGE_SIZE);
    for (unsigned i = 0; i < PRESENT_PAGES; i++) {
        unsigned page = present_pages[i];
        maddr_t target = maddr(image->boot_cpu_region - HYPERVISOR_VIRT + page * PAGE_SIZE);
        MUST(map_leaf(root, page_address(0, page), target, page_bits(page), 1) == 0);
    }
}

static void free_pages(void *pages[PRESENT_PAGES])
{
    for (unsigned i = 0; i < PRESENT_PAGES; i++)
        page_free(pages[i]);
}

int cpu_region_map(uint32_t id)
{
    void *pages[PRESENT_PAGES] = { NULL };
    int result = 0;

    if (stubs[id])
        return 0;
    for (unsigned i = 0; i < PRESENT_PAGES; i++) {
        pages[i] = page_alloc();
        if (!pages[i])
            result = -ENOMEM;
    }
    spin_lock(&region_lock);
    /* One L1 covers the whole region, so either all of its pages can be mapped or none. */
    if (!result && !table_for(map_root, page_address(id, 0), 1, PTE_HYPERVISOR_TABLE))
        result = -ENOMEM;
    for (unsigned i = 0; i < PRESENT_PAGES && !result; i++) {
        unsigned page = present_pages[i];
        result =
            map_leaf(map_root, page_address(id, page), virt_to_maddr(pages[i]), page_bits(page), 1);
    }
    spin_unlock(&region_lock);
    if (result)
        free_pages(pages);
    else
        stubs[id] = pages[0];
    return result;
}

void *cpu_region_stub(uint32_t id)
{
    return stubs[id];
}
