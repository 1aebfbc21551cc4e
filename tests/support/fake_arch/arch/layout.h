/* SPDX-License-Identifier: MIT */
/*
 * The address space of a host test: the real header's constants, but memory, frame table, M2P
 * and CPU regions are wherever the host has them.
 */
#ifndef PARAPET_TESTS_FAKE_ARCH_LAYOUT_H
#define PARAPET_TESTS_FAKE_ARCH_LAYOUT_H

#include "../../../../hypervisor/arch/layout.h"

#include <stdint.h>

#undef DIRECT_MAP_VIRT
#undef FRAME_TABLE_VIRT
#undef M2P_WRITE_VIRT
#undef CPU_REGIONS_VIRT

/* Machine address 0 of the fake machine, and the tables over its memory. */
#define FAKE_MEMORY_MAX 0x400000000UL /* 16 GiB of addresses, none of it touched by itself */

extern uint8_t *fake_memory;
extern uint8_t *fake_frame_table;
extern uint8_t *fake_m2p;
extern uint8_t fake_cpu_regions[];

#define DIRECT_MAP_VIRT  ((uint64_t)fake_memory)
#define FRAME_TABLE_VIRT ((uint64_t)fake_frame_table)
#define M2P_WRITE_VIRT   ((uint64_t)fake_m2p)
#define CPU_REGIONS_VIRT ((uint64_t)fake_cpu_regions)

#endif
