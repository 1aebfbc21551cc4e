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
#endif

#endif
