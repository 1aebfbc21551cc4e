/* SPDX-License-Identifier: MIT */
/*
 * The machine's memory map, as the control domain is told it: the firmware's, with the interrupt
 * controllers' registers reserved, since the hypervisor keeps those for itself.
 */
#ifndef PARAPET_HYPERCALL_MACHINE_MAP_H
#define PARAPET_HYPERCALL_MACHINE_MAP_H

#include <stdint.h>

#include "hypercall-abi/memory.h"
#include "lib/compiler.h"

#define MACHINE_MAP_MAX 192u

/* Sorted entries without overlaps, joined where they touch and are of one type. */
struct machine_map {
    uint32_t count;
    struct xen_e820_entry entries[MACHINE_MAP_MAX];
};

extern struct machine_map machine_map;

/* Once at boot, when arch/ knows the firmware's tables. */
void machine_map_build(void);

/*
 * machine_map_set - in @map, [start, end) is of @type (XEN_E820_*), whatever was said of it before.
 * 0, or -E2BIG, and nothing changed, when there is no room.
 */
MUST_CHECK int machine_map_set(struct machine_map *map, uint64_t start, uint64_t end,
                               uint32_t type);

#endif
