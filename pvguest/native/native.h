/* SPDX-License-Identifier: MIT */
/* What the files of the native bottom share. */
#ifndef PVGUEST_NATIVE_NATIVE_H
#define PVGUEST_NATIVE_NATIVE_H

#define LOCAL_APIC      0xfee00000
#define LOCAL_APIC_VIRT 0xffffffffc0000000
#define TRAMPOLINE      0x8000

#define SELECTOR_KERNEL_CODE 0x08
#define SELECTOR_KERNEL_DATA 0x10
#define SELECTOR_USER_DATA   0x23
#define SELECTOR_USER_CODE   0x2b
#define SELECTOR_TSS         0x30

#define VECTOR_TIMER    0x40
#define VECTOR_IPI      0x41
#define VECTOR_DEVICES  0x50 /* + interrupt line, 0 to 23 */
#define VECTOR_SPURIOUS 0xff

#ifndef __ASSEMBLER__
#include "kernel/bottom.h"
#include "kernel/cpu.h"

void native_boot(uint32_t multiboot_info);
NORETURN void native_secondary(struct cpu *cpu);
void native_trap(struct trap_frame *frame);

/* GDT, TSS, IDT, SYSCALL and GS of this CPU. */
void descriptors_load(struct cpu *cpu);

void apic_find_cpus(void);
void apic_enable(void);
void apic_calibrate(void);
void apic_acknowledge(void);

/* page_table.c: a device's registers, not cached; @address is a machine address below 4 GiB. */
volatile void *map_device(uint64_t address, uint64_t bytes);

/* ioapic.c: an interrupt line calls @handler on CPU 0; the handler clears its cause. */
#define IOAPIC_LINES 24u
void ioapic_serve(uint32_t line, bool is_level, void (*handler)(void *context), void *context);
void ioapic_interrupt(uint32_t line);
uint8_t apic_id_of(uint32_t cpu_id);

/* Drivers: each looks for its devices on the PCI bus. */
void ide_find(void);
void e1000_find(void);

extern pte_t boot_root[512];
extern pte_t *kernel_root;
#endif

#endif
