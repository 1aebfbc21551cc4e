/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "map_machine.h"
#include "mm/heap.h"

ALLOCATOR_THAT_CAN_FAIL(void *, page_alloc, (void), (), NULL)

static bool is_hole(unsigned page)
{
    return page == 3 || page == 5 || page == 7 || page == 9 || page == 11;
}

static void check_region(uint32_t id)
{
    for (unsigned page = 0; page < CPU_REGION_SIZE / PAGE_SIZE; page++) {
        uint64_t leaf = leaf_at(CPU_REGIONS_VIRT + id * CPU_REGION_SIZE + page * PAGE_SIZE);

        ck_assert_int_eq(!leaf, is_hole(page));
        if (!leaf)
            continue;
        ck_assert(!(leaf & PTE_USER));
        /* The stub alone may be executed, and it alone may not be written. */
        ck_assert_int_eq(!(leaf & PTE_NO_EXECUTE), page == CPU_REGION_STUB_PAGE);
        ck_assert_int_eq(!(leaf & PTE_WRITE), page == CPU_REGION_STUB_PAGE);
    }
}

TEST(cpu_region, the_boot_cpus_is_in_the_image)
{
    map_machine_start();
    check_region(0);
    for (unsigned page = 0; page < 16; page++) {
        if (!is_hole(page))
            ck_assert_uint_eq(target_of(CPU_REGIONS_VIRT + page * PAGE_SIZE),
                              IMAGE_REGION + page * PAGE_SIZE);
    }
    ck_assert_uint_eq((uint64_t)cpu_region_stub(0), HYPERVISOR_VIRT + IMAGE_REGION);
    ck_assert_int_eq(cpu_region_map(0), 0);
}

TEST(cpu_region, another_cpus_is_fresh_memory)
{
    map_machine_start();
    ck_assert_ptr_null(cpu_region_stub(3));
    ck_assert_int_eq(cpu_region_map(3), 0);
    check_region(3);
    uint64_t stub = CPU_REGIONS_VIRT + 3 * CPU_REGION_SIZE;
    ck_assert_ptr_eq(maddr_to_virt(maddr(target_of(stub))), cpu_region_stub(3));
    const uint8_t *cpu = maddr_to_virt(maddr(target_of(stub + PAGE_SIZE)));
    for (unsigned i = 0; i < PAGE_SIZE; i++)
        ck_assert_uint_eq(cpu[i], 0);
    ck_assert_uint_eq(leaf_at(CPU_REGIONS_VIRT + 2 * CPU_REGION_SIZE), 0);
}

TEST(cpu_region, all_cpus_fit)
{
    map_machine_start();
    for (uint32_t id = 1; id < MAX_CPUS; id++)
        ck_assert_int_eq(cpu_region_map(id), 0);
    for (uint32_t id = 0; id < MAX_CPUS; id++)
        check_region(id);
}

static int map_next(void *context)
{
    uint64_t before = heap_objects_in_use();
    int result = cpu_region_map(*(uint32_t *)context);

    /* A table that was made on the way stays for the next try; the pages do not. */
    if (result)
        ck_assert_uint_le(heap_objects_in_use(), before + 2);
    return result;
}

TEST(cpu_region, failing_for_memory_leaves_nothing)
{
    uint32_t id = 40;

    map_machine_start();
    ck_assert_uint_ge(sweep_allocation_failures(map_next, &id), 11);
    check_region(id);
}
