/* SPDX-License-Identifier: MIT */
/*
 * The registers saved at every entry, in the order of the ABI's cpu_user_regs up to SS, so
 * that a vCPU context is copied and not converted.
 */
#ifndef PARAPET_ARCH_TRAP_FRAME_H
#define PARAPET_ARCH_TRAP_FRAME_H

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

struct trap_frame {
    uint64_t r15, r14, r13, r12, rbp, rbx;
    uint64_t r11, r10, r9, r8;
    uint64_t rax, rcx, rdx, rsi, rdi;
    uint32_t error_code;
    uint32_t vector; /* low 8 bits: vector; TRAP_SYSCALL marks a SYSCALL entry */
    uint64_t rip;
    uint64_t cs;
    uint64_t rflags;
    uint64_t rsp;
    uint64_t ss;
};
#endif

/* Pseudo vector of a SYSCALL entry: RCX and R11 are free, the exit may use SYSRET. */
#define TRAP_SYSCALL 0x100u

/* Offsets used by the entry assembly. */
#define FRAME_R11 48
#define FRAME_RAX 80
#define FRAME_RCX 88
#define FRAME_RDI 112
#define FRAME_ERROR_CODE 120
#define FRAME_VECTOR 124
#define FRAME_RIP 128
#define FRAME_CS 136
#define FRAME_RFLAGS 144
#define FRAME_RSP 152
#define FRAME_SS 160
#define FRAME_SIZE 168

#ifndef __ASSEMBLER__
_Static_assert(offsetof(struct trap_frame, r11) == FRAME_R11, "entry.S");
_Static_assert(offsetof(struct trap_frame, rax) == FRAME_RAX, "entry.S");
_Static_assert(offsetof(struct trap_frame, rcx) == FRAME_RCX, "entry.S");
_Static_assert(offsetof(struct trap_frame, rdi) == FRAME_RDI, "entry.S");
_Static_assert(offsetof(struct trap_frame, error_code) == FRAME_ERROR_CODE, "entry.S");
_Static_assert(offsetof(struct trap_frame, vector) == FRAME_VECTOR, "entry.S");
_Static_assert(offsetof(struct trap_frame, rip) == FRAME_RIP, "entry.S");
_Static_assert(offsetof(struct trap_frame, cs) == FRAME_CS, "entry.S");
_Static_assert(offsetof(struct trap_frame, rflags) == FRAME_RFLAGS, "entry.S");
_Static_assert(offsetof(struct trap_frame, rsp) == FRAME_RSP, "entry.S");
_Static_assert(offsetof(struct trap_frame, ss) == FRAME_SS, "entry.S");
_Static_assert(sizeof(struct trap_frame) == FRAME_SIZE, "entry.S");
#endif

#endif
