/* SPDX-License-Identifier: MIT */
/*
 * The firmware's memory map (as by BIOS function e820), made consistent.
 *
 * Ranges are sorted, do not overlap and touch only where their types differ. Where the
 * firmware contradicts itself, the more careful answer is kept: RAM only where nothing else is
 * claimed. Written at boot, read only afterwards; the control domain is told it.
 */
#ifndef PARAPET_ARCH_MEMORY_MAP_H
#define PARAPET_ARCH_MEMORY_MAP_H

#include <stdbool.h>
#include <stdint.h>

/* The ABI's numbers; the higher one wins an argument, but for RAM against unknown types, which
 * are kept as reserved. */
enum memory_type {
    MEMORY_RAM = 1,
    MEMORY_RESERVED = 2,
    MEMORY_ACPI_TABLES = 3,
    MEMORY_ACPI_NVS = 4,
    MEMORY_UNUSABLE = 5,
};

struct memory_map_range {
    uint64_t start;
    uint64_t end; /* exclusive */
    uint32_t type;
};

#define MEMORY_MAP_MAX 128u

struct memory_map {
    uint32_t count;
    struct memory_map_range ranges[MEMORY_MAP_MAX];
};

extern struct memory_map machine_memory_map;

const char *memory_type_name(uint32_t type);

/*
 * Makes @count ranges of any order and quality into *@map. False if they do not fit; then the
 * map ends early, sorted and consistent all the same. Ranges of no length are dropped, types
 * that are not known become reserved, what is beyond 2^52 is cut off.
 */
__attribute__((warn_unused_result)) bool memory_map_build(struct memory_map *map,
                                                          const struct memory_map_range *ranges,
                                                          uint32_t count);

/* Whether all of [start, end) is RAM. */
bool memory_map_is_ram(const struct memory_map *map, uint64_t start, uint64_t end);

#endif
