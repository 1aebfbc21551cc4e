/* SPDX-License-Identifier: MIT */
/*
 * What the processor is told at start-up: where to go for each vector, SYSCALL and SYSENTER.
 */
#ifndef PARAPET_TRAP_STUBS_H
#define PARAPET_TRAP_STUBS_H

#include <stdint.h>

#include "arch/percpu.h"
#include "arch/vectors.h"

/* Where the IDT gate of each vector points. */
extern const uint64_t trap_stubs[VECTOR_COUNT];

/* Offsets of the two entries in a CPU's stub page. */
#define SYSCALL_STUB_64     0x00U
#define SYSCALL_STUB_COMPAT 0x40U
#define SYSCALL_STUB_BYTES  0x80U

/*
 * syscall_stub_write - fill the stub page of the CPU region at virtual address @region. @page
 * is a writable alias of it, @entry64 and @entry_compat are less than 2 GiB away. The stubs
 * save RSP, take the main stack, which SYSCALL itself does not, and jump.
 */
void syscall_stub_write(uint8_t page[PAGE_SIZE], uint64_t region, uint64_t entry64,
                        uint64_t entry_compat);

/* The same with the real entries (trap/entry.S). */
void syscall_stub_install(uint8_t page[PAGE_SIZE], uint64_t region);

/* On each CPU, its stub installed and its region mapped: LSTAR, CSTAR and SYSENTER. STAR and
 * FMASK are set by arch/descriptors.c. */
void syscall_start_cpu(struct cpu *cpu);

/* Once, on the boot CPU, when its features and FPU are known. */
void trap_init(void);

/* On each CPU: syscall_start_cpu() and machine checks. */
void trap_start_cpu(struct cpu *cpu);

/* On each CPU at the end of its start-up, with cpu->current == NULL: idles until there is a
 * vCPU to run. The stack is abandoned. */
__attribute__((noreturn)) void cpu_enter_idle(void);

#endif
