/* SPDX-License-Identifier: MIT */
#include "map_machine.h"

TEST(device_map, registers_are_uncached_tables_are_not)
{
    map_machine_start();
    uint64_t apic = (uint64_t)map_device(maddr(0xfee00000), 0x1000, MAP_UNCACHED);
    uint64_t acpi = (uint64_t)map_device(maddr(0x7fe1234), 0x100, MAP_WRITE_BACK);

    ck_assert_uint_eq(target_of(apic), 0xfee00000);
    ck_assert(leaf_at(apic) & PTE_WRITE);
    ck_assert(leaf_at(apic) & PTE_NO_EXECUTE);
    ck_assert(!(leaf_at(apic) & PTE_USER));
    ck_assert_uint_eq(leaf_at(apic) & (PTE_PCD | PTE_PWT), PTE_CACHE_UNCACHED);
    ck_assert_uint_eq(target_of(acpi), 0x7fe1234);
    ck_assert_uint_eq(leaf_at(acpi) & (PTE_PCD | PTE_PWT), 0);
    ck_assert_uint_ge(apic, DEVICE_MAP_VIRT);
}

TEST(device_map, a_range_over_a_page_border_is_whole)
{
    map_machine_start();
    uint64_t at = (uint64_t)map_device(maddr(0x7fe1ffe), 4, MAP_WRITE_BACK);

    ck_assert_uint_eq(target_of(at), 0x7fe1ffe);
    ck_assert_uint_eq(target_of(at + 3), 0x7fe2001);
}

TEST(device_map, what_was_mapped_is_found_again)
{
    map_machine_start();
    char *whole = map_device(maddr(0x7fe0000), 0x4000, MAP_WRITE_BACK);

    ck_assert_ptr_eq(map_device(maddr(0x7fe2010), 0x20, MAP_WRITE_BACK), whole + 0x2010);
    ck_assert_ptr_ne(map_device(maddr(0x7fe2010), 0x20, MAP_UNCACHED), whole + 0x2010);
    ck_assert_ptr_ne(map_device(maddr(0x7fe3ff0), 0x20, MAP_WRITE_BACK), whole + 0x3ff0);
}

TEST(device_map, large_ranges_use_large_pages)
{
    map_machine_start();
    uint64_t window = (uint64_t)map_device(maddr(0xb0000000), 256UL << 20, MAP_UNCACHED);

    for (uint64_t offset = 0; offset < 256UL << 20; offset += 0x200000) {
        ck_assert_uint_eq(level_at(window + offset), 2);
        ck_assert_uint_eq(target_of(window + offset), 0xb0000000 + offset);
    }
    uint64_t odd = (uint64_t)map_device(maddr(0xc0001000), 0x500000, MAP_UNCACHED);
    ck_assert_uint_eq(level_at(odd), 1);
    ck_assert_uint_eq(level_at(odd + 0x200000), 2);
    ck_assert_uint_eq(target_of(odd + 0x4fffff), 0xc0001000 + 0x4fffff);
}

TEST(device_map, nonsense_is_refused)
{
    map_machine_start();
    ck_assert_ptr_null(map_device(maddr(0xfee00000), 0, MAP_UNCACHED));
    ck_assert_ptr_null(map_device(maddr(UINT64_MAX - 10), 20, MAP_UNCACHED));
    ck_assert_ptr_null(map_device(maddr(1UL << 52), 4096, MAP_UNCACHED));
    ck_assert_ptr_null(map_device(maddr(0), DEVICE_MAP_SIZE + 1, MAP_UNCACHED));
}

static int map_one(void *context)
{
    static uint64_t address = 0x1000000000;

    (void)context;
    /* Each time a place of its own, so that tables are needed each time. */
    address += 1UL << 40;
    return map_device(maddr(address), 3UL << 30, MAP_UNCACHED) ? 0 : -1;
}

TEST(device_map, failing_for_memory_is_answered)
{
    map_machine_start();
    ck_assert_uint_ge(sweep_allocation_failures(map_one, NULL), 1);
    ck_assert_ptr_nonnull(map_device(maddr(0xfec00000), 4096, MAP_UNCACHED));
}
