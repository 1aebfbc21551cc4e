/* SPDX-License-Identifier: MIT */
/*
 * A machine for the tests of the hypervisor's own map: RAM low, below 1 GiB and above 4 GiB,
 * with an image at 1 MiB whose parts have distinct protections.
 */
#ifndef PARAPET_TESTS_MAP_MACHINE_H
#define PARAPET_TESTS_MAP_MACHINE_H

#include "arch/cpu_features.h"
#include "arch/pte.h"
#include "mm/frame_alloc.h"
#include "mm/hypervisor_map.h"
#include "mm/m2p.h"
#include "mm/ram.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"

#define IMAGE_TEXT   0x101000UL
#define IMAGE_RODATA 0x120000UL
#define IMAGE_DATA   0x130000UL
#define IMAGE_REGION 0x1e0000UL
#define IMAGE_END    0x1f0000UL
#define LOW_END      0x7fe0000UL
#define HIGH_START   0x100000000UL
#define HIGH_END     0x150000000UL

static inline void map_machine_plan(void)
{
    static const struct memory_range ranges[] = {
        { 0, 0x9fc00 },
        { 0x100000, LOW_END },
        { HIGH_START, HIGH_END },
    };

    ck_assert_int_eq(ram_init(ranges, 3), 0);
    early_reserve(0, 0x100000);
    early_reserve(0x100000, IMAGE_END);
    fake_image = (struct image){
        .text_start = HYPERVISOR_VIRT + IMAGE_TEXT,
        .text_end = HYPERVISOR_VIRT + IMAGE_RODATA,
        .rodata_start = HYPERVISOR_VIRT + IMAGE_RODATA,
        .rodata_end = HYPERVISOR_VIRT + IMAGE_DATA,
        .data_start = HYPERVISOR_VIRT + IMAGE_DATA,
        .end = HYPERVISOR_VIRT + IMAGE_END,
        .boot_cpu_region = HYPERVISOR_VIRT + IMAGE_REGION,
    };
}

/* As boot/ does it. */
static inline void map_machine_start(void)
{
    map_machine_plan();
    hypervisor_map_build();
    uint64_t frames = ram_frames_end();
    maddr_t tables = early_alloc(frame_alloc_table_bytes(frames), PAGE_SIZE, 0);
    frame_alloc_init(frames, maddr_to_virt(tables));
    early_alloc_finish();
}

/* What the boot root says of an address: the leaf entry, or 0. */
static inline uint64_t leaf_at(uint64_t address)
{
    unsigned level;

    return hypervisor_map_walk(hypervisor_root, address, &level);
}

static inline unsigned level_at(uint64_t address)
{
    unsigned level;

    hypervisor_map_walk(hypervisor_root, address, &level);
    return level;
}

/* The machine address that @address leads to. */
static inline uint64_t target_of(uint64_t address)
{
    unsigned level;
    uint64_t leaf = hypervisor_map_walk(hypervisor_root, address, &level);

    return (leaf & PTE_ADDRESS_MASK) + (address & (pte_span(level) - 1));
}

#endif
