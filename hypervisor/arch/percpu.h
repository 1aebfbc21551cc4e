/* SPDX-License-Identifier: MIT */
/*
 * What each physical CPU has of its own, found by masking the stack pointer.
 *
 * A CPU's region (arch/layout.h) holds its SYSCALL stub, this structure and its stacks, each
 * below a guard page. Only its own CPU writes the structure, but for the fields marked shared.
 * The hypervisor runs with interrupts off, so the owner needs no lock.
 */
#ifndef PARAPET_ARCH_PERCPU_H
#define PARAPET_ARCH_PERCPU_H

/* Offsets used by the entry assembly. */
#define CPU_SCRATCH_RSP 0
#define CPU_CURRENT     8
#define CPU_SOFTIRQ     16
#define CPU_EXIT_FAULT  24

#ifndef __ASSEMBLER__
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/counters.h"
#include "arch/layout.h"
#include "arch/trap_frame.h"
#include "lib/spinlock.h"

struct vcpu;
struct domain;
struct run_queue;
struct timer_queue;
struct trace_ring;

struct tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7]; /* 1 #DF, 2 NMI, 3 #MC, 4 #DB (index 0 is IST 1) */
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t io_bitmap_offset; /* beyond the limit: no bitmap, every port traps */
} __attribute__((packed));

enum {
    IST_DOUBLE_FAULT = 1,
    IST_NMI = 2,
    IST_MACHINE_CHECK = 3,
    IST_DEBUG = 4,
};

/* Work that the return-to-guest path does before anything else (bits of cpu->softirq). */
enum softirq {
    SOFTIRQ_SCHEDULE, /* pick the next vCPU */
    SOFTIRQ_TIMER,    /* the timer queue has an expired entry */
    SOFTIRQ_CALL,     /* a call-function request waits */
    SOFTIRQ_QUIESCE,  /* somebody waits for this CPU to pass its quiet point */
    SOFTIRQ_NMI,      /* an external NMI came and is to be given to the control domain */
    SOFTIRQ_COUNT,
};

/* Requests that may be served anywhere, even while spinning for a lock (bits, shared). */
enum cpu_request {
    CPU_REQUEST_FLUSH_TLB = 1,
    CPU_REQUEST_STOP = 2,
};

struct cpu {
    /* Used by the entry assembly; offsets below. */
    uint64_t scratch_rsp;     /* RSP of the guest between SYSCALL and the first push */
    struct vcpu *current;     /* running vCPU, NULL while idle */
    _Atomic uint32_t softirq; /* shared: bits of enum softirq */
    uint32_t id;              /* 0 is the boot CPU */
    uint64_t exit_fault;      /* of a fixed-up fault: error code, vector << 32 */

    struct trap_frame *guest_frame; /* top of the main stack: the running guest's registers */
    uint32_t apic_id;
    uint32_t acpi_id;
    _Atomic uint32_t requests;      /* shared: bits of enum cpu_request */
    _Atomic uint32_t requests_done; /* shared: bumped each time requests were served */
    _Atomic uint32_t online;

    /* Address space. */
    uint64_t cr3;                   /* what is loaded */
    struct vcpu *_Atomic root_vcpu; /* shared (read): whose root is in CR3; NULL: the boot root */
    struct vcpu *loaded_vcpu;       /* whose root and register state is still in the CPU (lazily) */
    _Atomic uint32_t flush_clock; /* shared (read): the flush clock at this CPU's last full flush */

    /* What domain/vcpu_state.c has put into registers that few guests change; 0 at start. */
    uint64_t guest_cr4; /* the bits that are the guest's */
    uint32_t tsc_aux;
    uint32_t ldt_entries;

    /* Owned by the layers above; each knows its own. */
    struct run_queue *run_queue;
    struct timer_queue *timer_queue;
    struct trace_ring *trace;
    struct locks_held locks_held; /* debug builds */
    uint64_t quiet_count;         /* bumped at each quiet point (domain lifetime) */
    uint32_t nmi_count;
    uint32_t in_panic;

    struct counters counters;
    struct tss tss __attribute__((aligned(16)));
};

_Static_assert(offsetof(struct cpu, scratch_rsp) == CPU_SCRATCH_RSP, "entry.S");
_Static_assert(offsetof(struct cpu, current) == CPU_CURRENT, "entry.S");
_Static_assert(offsetof(struct cpu, softirq) == CPU_SOFTIRQ, "entry.S");
_Static_assert(offsetof(struct cpu, exit_fault) == CPU_EXIT_FAULT, "entry.S");
_Static_assert(sizeof(struct cpu) <= 2 * PAGE_SIZE, "two pages of the CPU region");

/* By number, any CPU; the region of a CPU that never came up is not mapped. */
static inline struct cpu *cpu_by_id(uint32_t id)
{
    return (struct cpu *)(CPU_REGIONS_VIRT + id * CPU_REGION_SIZE +
                          CPU_REGION_CPU_PAGE * PAGE_SIZE);
}

/* This CPU. Real: from RSP (arch/this_cpu.h); host tests replace that header. */
#include "arch/this_cpu.h"

extern uint32_t cpu_count; /* CPUs that came up; ids 0 to cpu_count - 1 */

#endif /* __ASSEMBLER__ */
#endif /* PARAPET_ARCH_PERCPU_H */
