/* SPDX-License-Identifier: MIT */
/*
 * The hypervisor's own half of the address space (arch/layout.h): built once at boot, shared by
 * every root through the L3 tables of the hypervisor's slots.
 *
 * Entries only ever go from absent to present, so nothing here needs a flush. Text is read-only and
 * executable, everything else is not executable, read-only data is read-only, and there is a
 * hole below each stack. LOCK_DEVICE_MAP guards changes after boot.
 */
#ifndef PARAPET_MM_HYPERVISOR_MAP_H
#define PARAPET_MM_HYPERVISOR_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "lib/compiler.h"
#include "mm/address.h"

/* The boot root: all hypervisor slots, nothing of a guest, the descriptor window's own pages. */
extern maddr_t hypervisor_root;

/*
 * Builds hypervisor_root with memory from early_alloc() (tables below 4 GiB, which the tables of
 * boot/head.S map at DIRECT_MAP_VIRT): image, direct map, frame table, M2P, CPU region 0. Does not
 * load it. After ram_init() and the reservations.
 */
void hypervisor_map_build(void);

/*
 * Memory and mapping of a CPU's region: pages 1-2 (struct cpu), stacks, and the stub page (whose
 * text is written through cpu_region_stub()). Zeroed. 0 or -ENOMEM.
 *
 * Region 0 exists once hypervisor_root is loaded: the pages of boot_cpu_region in the image are
 * seen at CPU_REGIONS_VIRT too, so the boot CPU moves there by adding the distance to RSP.
 */
MUST_CHECK int cpu_region_map(uint32_t id);

/* Region 0, for hypervisor_map_build(). */
struct image;
void cpu_region_map_boot(uint64_t *root, const struct image *image);

/* A writable address of that CPU's stub page, which is read-only and executable in the region. */
void *cpu_region_stub(uint32_t id);

enum map_cache {
    MAP_UNCACHED,
    MAP_WRITE_BACK, /* firmware tables in RAM */
};

/*
 * Maps device registers or firmware tables for good, read and write, not executable. Any
 * address and length. NULL if address space or memory is exhausted.
 */
MUST_CHECK void *map_device(maddr_t address, size_t bytes, enum map_cache cache);

/*
 * The hypervisor's L4 entries for a new root: the caller copies slots 256 to 271 from here
 * and replaces slot 257 with its vCPU's own table.
 */
const uint64_t *hypervisor_root_entries(void);

/* The page behind window page GDT_WINDOW_HYPERVISOR_PAGE, writable here; one for all CPUs. */
void *hypervisor_gdt_page(void);
maddr_t hypervisor_gdt_maddr(void);

/* A page of zeros, mapped read-only where a descriptor window has no guest frame. */
maddr_t zero_page_maddr(void);

/* Looks an address up in the tables of @root: 0 if absent, else the leaf entry. For checks. */
uint64_t hypervisor_map_walk(maddr_t root, uint64_t address, unsigned *level);

#endif
