/* SPDX-License-Identifier: MIT */
/* What the files of the pv bottom share. */
#ifndef PVGUEST_PV_PV_H
#define PVGUEST_PV_PV_H

#include "hypercall-abi/xen.h"
#include "kernel/bottom.h"
#include "kernel/cpu.h"

NORETURN void pv_boot(struct start_info *info);
NORETURN void pv_secondary(struct cpu *cpu);
void pv_trap(struct trap_frame *frame);
void pv_event(struct trap_frame *frame);
void pv_failsafe(void);

/* trap_entry.S */
extern const char pv_trap_stubs[];
void pv_event_entry(void);
void pv_failsafe_entry(void);
void pv_syscall_entry(void);
void pv_secondary_entry(void);

/* page_table.c: the direct map, on top of the tables that the domain builder made. */
void page_table_init(const struct start_info *info);
void page_table_map_machine(uint64_t address, uint64_t machine_address);
uint64_t page_table_mfn(uint64_t pfn);
uint64_t page_table_pfn(uint64_t mfn);
/* A page without a frame: its mapping ends, and its frame is answered; or one gets a frame. */
uint64_t page_table_remove(uint64_t pfn);
void page_table_restore(uint64_t pfn, uint64_t mfn);
uint64_t page_table_kernel_root_mfn(void);

/* trap.c: handlers of this vCPU; the same table also goes into a new vCPU's context. */
void trap_init(void);
void trap_table_fill(struct trap_info *table);

/* event.c: the ports of this vCPU. */
void event_init(struct cpu *cpu);

/* console.c: output from the first line on; input once there are interrupts. */
void console_init(const struct start_info *info);
void console_listen(void);

extern struct shared_info *shared_info;
extern struct start_info *start_info;

static inline struct vcpu_info *this_vcpu_info(void)
{
    return bottom_this_cpu()->bottom;
}

#endif
