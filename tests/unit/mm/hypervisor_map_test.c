/* SPDX-License-Identifier: MIT */
#include "mm/hypervisor_map.h"

#include "map_machine.h"

/* of the table for 2 MiB of RAM */
#define FRAME_PAGES (512 * sizeof(struct frame) / PAGE_SIZE)
#define PROTECTION  (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_NO_EXECUTE)
#define RX          PTE_PRESENT
#define RO          (PTE_PRESENT | PTE_NO_EXECUTE)
#define RW          (PTE_PRESENT | PTE_WRITE | PTE_NO_EXECUTE)

/* [start, end) at @address is there with just this protection, page by page. */
static void check(uint64_t address, uint64_t start, uint64_t end, uint64_t protection)
{
    for (uint64_t at = start; at < end; at += PAGE_SIZE) {
        uint64_t leaf = leaf_at(address + at);
        ck_assert_msg((leaf & PROTECTION) == protection, "%lx: %lx", address + at, leaf);
        ck_assert_uint_eq(target_of(address + at), at);
    }
}

TEST(hypervisor_map, image_parts_have_their_protection)
{
    map_machine_start();
    check(HYPERVISOR_VIRT, IMAGE_TEXT, IMAGE_RODATA, RX);
    check(HYPERVISOR_VIRT, IMAGE_RODATA, IMAGE_DATA, RO);
    check(HYPERVISOR_VIRT, IMAGE_DATA, IMAGE_END, RW);
    ck_assert_uint_eq(leaf_at(HYPERVISOR_VIRT + IMAGE_TEXT - PAGE_SIZE), 0);
    ck_assert_uint_eq(leaf_at(HYPERVISOR_VIRT + IMAGE_END), 0);
}

TEST(hypervisor_map, direct_map_has_all_ram_and_nothing_else)
{
    map_machine_start();
    check(DIRECT_MAP_VIRT, 0, 0x9f000, RW);
    check(DIRECT_MAP_VIRT, 0x100000, IMAGE_TEXT, RW);
    check(DIRECT_MAP_VIRT, IMAGE_DATA, LOW_END, RW);
    for (uint64_t at = HIGH_START; at < HIGH_END; at += 0x200000) {
        ck_assert_uint_eq(target_of(DIRECT_MAP_VIRT + at), at);
        ck_assert_uint_eq(leaf_at(DIRECT_MAP_VIRT + at) & PROTECTION, RW);
    }
    ck_assert_uint_eq(leaf_at(DIRECT_MAP_VIRT + 0x9f000), 0);
    ck_assert_uint_eq(leaf_at(DIRECT_MAP_VIRT + 0xff000), 0);
    ck_assert_uint_eq(leaf_at(DIRECT_MAP_VIRT + LOW_END), 0);
    ck_assert_uint_eq(leaf_at(DIRECT_MAP_VIRT + HIGH_END), 0);
}

TEST(hypervisor_map, direct_map_does_not_let_the_text_be_written)
{
    map_machine_start();
    check(DIRECT_MAP_VIRT, IMAGE_TEXT, IMAGE_DATA, RO);
}

TEST(hypervisor_map, large_pages_where_they_fit)
{
    map_machine_start();
    ck_assert_uint_eq(level_at(DIRECT_MAP_VIRT + 0x200000), 2);
    ck_assert_uint_eq(level_at(DIRECT_MAP_VIRT + 0x7e00000), 1);
    ck_assert_uint_eq(level_at(DIRECT_MAP_VIRT + HIGH_START), 2);
}

TEST(hypervisor_map, gib_pages_where_the_cpu_has_them)
{
    cpu_features.word[CPU_FEATURE_PAGE_1G / 32] |= 1u << (CPU_FEATURE_PAGE_1G % 32);
    map_machine_start();
    ck_assert_uint_eq(level_at(DIRECT_MAP_VIRT + HIGH_START), 3);
    ck_assert_uint_eq(level_at(DIRECT_MAP_VIRT + HIGH_START + 0x40000000), 2);
    ck_assert_uint_eq(level_at(DIRECT_MAP_VIRT + 0x200000), 2);
    check(DIRECT_MAP_VIRT, IMAGE_TEXT, IMAGE_DATA, RO);
}

TEST(hypervisor_map, frame_table_is_there_for_ram_only)
{
    map_machine_start();
    for (uint64_t ram = 0; ram < HIGH_END; ram += 0x200000) {
        uint64_t address = FRAME_TABLE_VIRT + ram / PAGE_SIZE * sizeof(struct frame);
        uint64_t expected = ram_overlaps(ram, ram + 0x200000) ? RW : 0;

        for (unsigned page = 0; page < FRAME_PAGES; page++)
            ck_assert_uint_eq(leaf_at(address + page * PAGE_SIZE) & PROTECTION, expected);
    }
    ck_assert_uint_eq(level_at(FRAME_TABLE_VIRT + HIGH_START / PAGE_SIZE * sizeof(struct frame)),
                      2);
}

TEST(hypervisor_map, no_two_parts_share_memory)
{
    static uint8_t used[HIGH_END >> PAGE_SHIFT];

    map_machine_start();
    /* What the frame table, the M2P and the free lists have is disjoint. */
    for (uint64_t ram = 0; ram < HIGH_END; ram += 0x200000) {
        if (!ram_overlaps(ram, ram + 0x200000))
            continue;
        for (unsigned page = 0; page < FRAME_PAGES; page++)
            used[target_of(FRAME_TABLE_VIRT + ram / PAGE_SIZE * sizeof(struct frame) +
                           page * PAGE_SIZE) >>
                 PAGE_SHIFT]++;
        used[target_of(M2P_WRITE_VIRT + ram / PAGE_SIZE * 8) >> PAGE_SHIFT]++;
    }
    struct frame *frame;
    while ((frame = frame_alloc(0, FRAME_ADDRESS_ANY, FRAME_ALLOC_DIRTY)) != NULL)
        used[frame_to_mfn(frame).number]++;
    for (uint64_t i = 0; i < HIGH_END >> PAGE_SHIFT; i++)
        ck_assert_uint_le(used[i], 1);
}

TEST(hypervisor_map, every_l3_table_exists_from_the_start)
{
    map_machine_start();
    const uint64_t *root = hypervisor_root_entries();
    static const unsigned slots[] = { 256, 257, 258, 260, 261 };

    for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
        if (slots[i] == 260)
            continue; /* the frame table is elsewhere on the host */
        ck_assert(root[slots[i]] & PTE_PRESENT);
        ck_assert_int_eq((root[slots[i]] & PTE_USER) != 0, slots[i] == 256);
    }
    for (uint64_t offset = 0; offset < DIRECT_MAP_SIZE; offset += pte_span(4))
        ck_assert(root[pte_index(4, DIRECT_MAP_VIRT + offset)] & PTE_PRESENT);
}

TEST(hypervisor_map, descriptor_window_of_the_boot_root)
{
    map_machine_start();
    for (unsigned page = 0; page < GDT_WINDOW_GUEST_PAGES; page++) {
        ck_assert_uint_eq(leaf_at(GDT_WINDOW_VIRT + page * PAGE_SIZE) & PROTECTION, RO);
        ck_assert_uint_eq(target_of(GDT_WINDOW_VIRT + page * PAGE_SIZE), zero_page_maddr().value);
    }
    uint64_t own = GDT_WINDOW_VIRT + GDT_WINDOW_HYPERVISOR_PAGE * PAGE_SIZE;
    ck_assert_uint_eq(leaf_at(own) & PROTECTION, RW);
    ck_assert_uint_eq(target_of(own), hypervisor_gdt_maddr().value);
    ck_assert_ptr_eq(hypervisor_gdt_page(), maddr_to_virt(hypervisor_gdt_maddr()));
    ck_assert_uint_eq(leaf_at(own + PAGE_SIZE), 0);
    ck_assert_uint_eq(leaf_at(LDT_WINDOW_VIRT), 0);
}
