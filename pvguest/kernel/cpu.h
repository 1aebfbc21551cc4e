/* SPDX-License-Identifier: MIT */
/* What each CPU has of its own; GS points to it while the kernel runs. */
#ifndef PVGUEST_KERNEL_CPU_H
#define PVGUEST_KERNEL_CPU_H

#define CPU_SELF         0
#define CPU_KERNEL_STACK 8
#define CPU_USER_RSP     16
#define CPU_BOTTOM       24

#ifndef __ASSEMBLER__
#include "kernel/types.h"

struct thread;

struct cpu {
    struct cpu *self;
    uint64_t kernel_stack; /* native: where SYSCALL starts */
    uint64_t user_rsp;     /* native: saved while SYSCALL finds its stack */
    void *bottom;          /* the bottom's own; pv: the vcpu_info */
    struct thread *current;
    struct thread *idle;
    struct thread *finished; /* switched away from for ever; its stack may be reused now */
    uint32_t id;
    volatile bool is_up;
    volatile bool is_idle;
    volatile bool is_leaving; /* it is to run nothing, and to rest */
    bool wants_switch;
    bool is_slice_timed;        /* the end of a slice is coming */
    uint64_t timer_deadline_ns; /* when the timer interrupts; 0: it is not set */
};
_Static_assert(offsetof(struct cpu, self) == CPU_SELF, "assembly");
_Static_assert(offsetof(struct cpu, kernel_stack) == CPU_KERNEL_STACK, "assembly");
_Static_assert(offsetof(struct cpu, user_rsp) == CPU_USER_RSP, "assembly");
_Static_assert(offsetof(struct cpu, bottom) == CPU_BOTTOM, "assembly");

#define CPU_LIMIT 32u
extern struct cpu cpus[CPU_LIMIT];

/*
 * cpu_stop, cpu_resume - a CPU other than the first goes out of use, and comes back. Each waits
 * until that is so, and is for threads. Threads pinned to a CPU that rests wait for it.
 */
void cpu_stop(uint32_t id);
void cpu_resume(uint32_t id);
/* cpu_rest - a CPU that is_leaving, from its idle loop, interrupts off. */
void cpu_rest(struct cpu *cpu);
/* cpu_take_timers - at a notification: the timer of a CPU that rests is now this one's. */
void cpu_take_timers(void);
#endif

#endif
