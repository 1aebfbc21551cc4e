/* SPDX-License-Identifier: MIT */
/*
 * Where things live in the address space.
 *
 * The PV ABI leaves sixteen L4 slots, 256 to 271, to the hypervisor (public header
 * arch-x86/xen-x86_64.h); every root that is ever in CR3 holds the same L3 tables in them,
 * except slot 257, which is the vCPU's own. docs/architecture.md draws this page.
 */
#ifndef PARAPET_ARCH_LAYOUT_H
#define PARAPET_ARCH_LAYOUT_H

#define PAGE_SHIFT     12
#define PAGE_SIZE      4096UL
#define PAGE_MASK      (~(PAGE_SIZE - 1))
#define PTES_PER_TABLE 512u

/* The hole that no guest may use: L4 slots [256, 272). */
#define HOLE_START      0xffff800000000000UL
#define HOLE_END        0xffff880000000000UL
#define HOLE_SHIFT      43 /* its size is a power of two */
#define HOLE_FIRST_SLOT 256u
#define HOLE_LAST_SLOT  271u

/* Slot 256: machine-to-physical table, u64 per mfn, readable by guests. */
#define M2P_VIRT     0xffff800000000000UL
#define M2P_VIRT_END 0xffff804000000000UL

/* Slot 257: the running vCPU's descriptor windows (GDT 16 pages, LDT 16 pages). */
#define VCPU_WINDOW_SLOT           257u
#define VCPU_WINDOW_VIRT           0xffff808000000000UL
#define GDT_WINDOW_VIRT            VCPU_WINDOW_VIRT
#define GDT_WINDOW_GUEST_PAGES     14u
#define GDT_WINDOW_HYPERVISOR_PAGE 14u
#define GDT_LIMIT                  0xefffu
#define LDT_WINDOW_VIRT            (VCPU_WINDOW_VIRT + 0x10000UL)
#define LDT_WINDOW_PAGES           16u

/* Slot 258: the image, at HYPERVISOR_VIRT + its physical address, then the CPU regions. */
#define HYPERVISOR_VIRT            0xffff810000000000UL
#define HYPERVISOR_LOAD            0x100000UL
#define HYPERVISOR_IMAGE_MAX       0x40000000UL
#define CPU_REGIONS_VIRT           0xffff810040000000UL
#define CPU_REGION_SIZE            0x10000UL
#define CPU_REGION_STUB_PAGE       0U
#define CPU_REGION_CPU_PAGE        1U /* struct cpu takes pages 1 and 2 */
#define CPU_REGION_DF_STACK_PAGE   4U
#define CPU_REGION_NMI_STACK_PAGE  6U
#define CPU_REGION_MC_STACK_PAGE   8U
#define CPU_REGION_DB_STACK_PAGE   10U
#define CPU_REGION_MAIN_STACK_PAGE 12U /* to the end of the region */

/* Slot 260: one struct frame for each machine frame. */
#define FRAME_TABLE_VIRT 0xffff820000000000UL

/* Its upper half: the M2P again, for the hypervisor to write. */
#define M2P_WRITE_VIRT 0xffff824000000000UL

/* Slot 261: device registers and firmware tables. */
#define DEVICE_MAP_VIRT 0xffff828000000000UL
#define DEVICE_MAP_SIZE 0x4000000000UL

/* Slots 264 to 271: all RAM, writable, not executable, large pages. */
#define DIRECT_MAP_VIRT 0xffff840000000000UL
#define DIRECT_MAP_SIZE 0x40000000000UL
#define MAX_MFN         (DIRECT_MAP_SIZE >> PAGE_SHIFT)

/* Machine addresses below are the control domain's to map and write: nothing there is ours, and
 * nothing there is believed once guests run. */
#define LOW_MEMORY_END 0x100000UL

#define MAX_CPUS 64u

/* Selectors of the hypervisor's GDT page (0xe000-0xefff); the user ones are ABI. */
#define SEL_HYPERVISOR_CS 0xe008U
#define SEL_HYPERVISOR_DS 0xe010U
#define SEL_USER_CS32     0xe023U
#define SEL_FLAT_DS       0xe02bU
#define SEL_FLAT_CS64     0xe033U
#define SEL_TSS(cpu)      (0xe040u + (cpu)*32u)
#define SEL_LDT(cpu)      (0xe050u + (cpu)*32u)

#endif
