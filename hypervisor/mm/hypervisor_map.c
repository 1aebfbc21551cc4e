/* SPDX-License-Identifier: MIT */
/*
 * Building the boot root, in the order of arch/layout.h.
 *
 * The direct map would be a second, writable view of the image's text and read-only data, so
 * there it is read-only too. The frame table is mapped only where there is RAM.
 */
#include "mm/hypervisor_map.h"

#include "arch/cpu_features.h"
#include "arch/pte.h"
#include "console/panic.h"
#include "lib/assert.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/spinlock.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/image.h"
#include "mm/m2p.h"
#include "mm/map_tables.h"
#include "mm/ram.h"

#define TABLE_BITS  PTE_HYPERVISOR_TABLE
#define EARLY_LIMIT 0x100000000UL
#define CHUNK_BYTES (PAGE_SIZE << FRAME_CHUNK_SHIFT)

maddr_t hypervisor_root;

static uint64_t *root;
static maddr_t zero_page;
static uint64_t *gdt_page;

/* While early_alloc() is open nothing here can fail: it stops the boot itself. */
static void must_map(uint64_t address, maddr_t target, uint64_t bytes, uint64_t bits,
                     unsigned level_max)
{
    MUST(map_range(root, address, target, bytes, bits, level_max) == 0);
}

static void *early_page(void)
{
    return table_create();
}

/* All L3 tables exist from the start: each root copies the L4 entries once. */
static void create_l3_tables(void)
{
    const uint64_t slots[] = { VCPU_WINDOW_VIRT, HYPERVISOR_VIRT, FRAME_TABLE_VIRT,
                               DEVICE_MAP_VIRT };

    for (unsigned i = 0; i < ARRAY_COUNT(slots); i++)
        MUST(table_for(root, slots[i], 3, TABLE_BITS) != NULL);
    for (uint64_t offset = 0; offset < DIRECT_MAP_SIZE; offset += pte_span(4))
        MUST(table_for(root, DIRECT_MAP_VIRT + offset, 3, TABLE_BITS) != NULL);
}

static void map_image_part(uint64_t start, uint64_t end, uint64_t bits)
{
    must_map(start, maddr(start - HYPERVISOR_VIRT), end - start, bits, 1);
}

static void map_image(const struct image *image)
{
    map_image_part(image->text_start, image->text_end, PTE_HYPERVISOR_TEXT);
    map_image_part(image->rodata_start, image->rodata_end, PTE_HYPERVISOR_READ_ONLY);
    map_image_part(image->data_start, image->end, PTE_HYPERVISOR_DATA);
}

/* [start, end) of RAM into the direct map, with the part in @read_only not writable. */
static void map_direct(uint64_t start, uint64_t end, const struct memory_range *read_only)
{
    unsigned level_max = cpu_has(CPU_FEATURE_PAGE_1G) ? 3 : 2;
    uint64_t borders[4] = { start, read_only->start, read_only->end, end };

    for (unsigned i = 1; i < 3; i++) {
        borders[i] = borders[i] < start ? start : borders[i];
        borders[i] = borders[i] > end ? end : borders[i];
    }
    for (unsigned i = 0; i < 3; i++)
        must_map(DIRECT_MAP_VIRT + borders[i], maddr(borders[i]), borders[i + 1] - borders[i],
                 i == 1 ? PTE_HYPERVISOR_READ_ONLY : PTE_HYPERVISOR_DATA, level_max);
}

static void map_direct_all(const struct image *image)
{
    struct memory_range read_only = { image->text_start - HYPERVISOR_VIRT,
                                      image->rodata_end - HYPERVISOR_VIRT };
    unsigned count;
    const struct memory_range *ranges = ram_ranges(&count);

    for (unsigned i = 0; i < count; i++)
        map_direct(ranges[i].start, ranges[i].end, &read_only);
}

/* The part of the frame table for the RAM in [start, + ram_bytes), in one piece. */
static void map_frames_of(uint64_t start, uint64_t ram_bytes)
{
    uint64_t bytes = ram_bytes / PAGE_SIZE * sizeof(struct frame);
    uint64_t alignment = bytes >= L2_PAGE_SIZE ? L2_PAGE_SIZE : PAGE_SIZE;
    uint64_t address = FRAME_TABLE_VIRT + start / PAGE_SIZE * sizeof(struct frame);

    must_map(address, early_alloc(bytes, alignment, 0), bytes, PTE_HYPERVISOR_DATA, 2);
}

/* Large pages where all of what they describe is RAM, else only the chunks with RAM. */
static void map_frame_table(void)
{
    const uint64_t step = L2_PAGE_SIZE / sizeof(struct frame) * PAGE_SIZE;
    uint64_t end = ram_frames_end() << PAGE_SHIFT;

    for (uint64_t start = 0; start < end; start += step) {
        if (ram_covers(start, start + step)) {
            map_frames_of(start, step);
            continue;
        }
        for (uint64_t chunk = start; chunk < start + step; chunk += CHUNK_BYTES) {
            if (ram_overlaps(chunk, chunk + CHUNK_BYTES))
                map_frames_of(chunk, CHUNK_BYTES);
        }
    }
}

static void map_vcpu_window(void)
{
    uint64_t *zeros = early_page();

    gdt_page = early_page();
    zero_page = virt_to_maddr(zeros);
    for (unsigned i = 0; i < GDT_WINDOW_GUEST_PAGES; i++)
        must_map(GDT_WINDOW_VIRT + i * PAGE_SIZE, zero_page, PAGE_SIZE, PTE_HYPERVISOR_READ_ONLY,
                 1);
    must_map(GDT_WINDOW_VIRT + GDT_WINDOW_HYPERVISOR_PAGE * PAGE_SIZE, virt_to_maddr(gdt_page),
             PAGE_SIZE, PTE_HYPERVISOR_DATA, 1);
}

void hypervisor_map_build(void)
{
    struct image image;

    image_get(&image);
    root = early_page();
    hypervisor_root = virt_to_maddr(root);
    create_l3_tables();
    map_image(&image);
    map_direct_all(&image);
    map_frame_table();
    m2p_build(root);
    map_vcpu_window();
    cpu_region_map_boot(root, &image);
}

const uint64_t *hypervisor_root_entries(void)
{
    return root;
}

void *hypervisor_gdt_page(void)
{
    return gdt_page;
}

maddr_t hypervisor_gdt_maddr(void)
{
    return virt_to_maddr(gdt_page);
}

maddr_t zero_page_maddr(void)
{
    return zero_page;
}

uint64_t hypervisor_map_walk(maddr_t table, uint64_t address, unsigned *level)
{
    return map_walk(maddr_to_virt(table), address, level);
}
