/* SPDX-License-Identifier: MIT */
/*
 * GDT page, IDT, TSS, LDT slot and SYSCALL registers of each CPU.
 *
 * All CPUs share one GDT page, which every root maps as page 14 of the GDT window, and one
 * IDT, which is read-only once the hypervisor runs on its own page tables. A CPU writes only its
 * own two descriptors in the GDT page.
 */
#ifndef PARAPET_ARCH_DESCRIPTORS_H
#define PARAPET_ARCH_DESCRIPTORS_H

#include <stdint.h>

#include "arch/percpu.h"
#include "arch/vectors.h"

/* Once, on the boot CPU, before hypervisor_root is loaded: the same selectors through the
 * image's own mapping. @stubs are the addresses that the IDT's gates lead to. */
void descriptors_start_early(struct cpu *cpu, const uint64_t stubs[VECTOR_COUNT]);

/* On each CPU, hypervisor_root loaded: GDT window, IDT, TSS, null LDT, and of SYSCALL the
 * selectors and flags; its entry addresses are set by trap/syscall_stub.c. */
void descriptors_start_cpu(struct cpu *cpu);

/* The page that all roots map at GDT_WINDOW_HYPERVISOR_PAGE, at a writable address that stays:
 * takes the descriptors over. */
void descriptors_set_gdt_page(void *page);

/* The LDT window with @entries descriptors is this CPU's LDT; 0: none. */
void descriptors_load_ldt(struct cpu *cpu, uint32_t entries);

#endif
