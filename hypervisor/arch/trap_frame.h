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
#define TRAP_SYSCALL 0x100U

/* Offsets used by the entry assembly. */
#define FRAME_R15        0
#define FRAME_R14        8
#define FRAME_R13        16
#define FRAME_R12        24
#define FRAME_RBP        32
#define FRAME_RBX        40
#define FRAME_R11        48
#define FRAME_R10        56
#define FRAME_R9         64
#define FRAME_R8         72
#define FRAME_RAX        80
#define FRAME_RCX        88
#define FRAME_RDX        96
#define FRAME_RSI        104
#define FRAME_RDI        112
#define FRAME_ERROR_CODE 120
#define FRAME_VECTOR     124
#define FRAME_RIP        128
#define FRAME_CS         136
#define FRAME_RFLAGS     144
#define FRAME_RSP        152
#define FRAME_SS         160
#define FRAME_SIZE       168

#ifndef __ASSEMBLER__
#define CHECK_FRAME_OFFSET(field, offset)                                                          \
    _Static_assert(offsetof(struct trap_frame, field) == (offset), "entry.S")
CHECK_FRAME_OFFSET(r15, FRAME_R15);
CHECK_FRAME_OFFSET(r14, FRAME_R14);
CHECK_FRAME_OFFSET(r13, FRAME_R13);
CHECK_FRAME_OFFSET(r12, FRAME_R12);
CHECK_FRAME_OFFSET(rbp, FRAME_RBP);
CHECK_FRAME_OFFSET(rbx, FRAME_RBX);
CHECK_FRAME_OFFSET(r11, FRAME_R11);
CHECK_FRAME_OFFSET(r10, FRAME_R10);
CHECK_FRAME_OFFSET(r9, FRAME_R9);
CHECK_FRAME_OFFSET(r8, FRAME_R8);
CHECK_FRAME_OFFSET(rax, FRAME_RAX);
CHECK_FRAME_OFFSET(rcx, FRAME_RCX);
CHECK_FRAME_OFFSET(rdx, FRAME_RDX);
CHECK_FRAME_OFFSET(rsi, FRAME_RSI);
CHECK_FRAME_OFFSET(rdi, FRAME_RDI);
CHECK_FRAME_OFFSET(error_code, FRAME_ERROR_CODE);
CHECK_FRAME_OFFSET(vector, FRAME_VECTOR);
CHECK_FRAME_OFFSET(rip, FRAME_RIP);
CHECK_FRAME_OFFSET(cs, FRAME_CS);
CHECK_FRAME_OFFSET(rflags, FRAME_RFLAGS);
CHECK_FRAME_OFFSET(rsp, FRAME_RSP);
CHECK_FRAME_OFFSET(ss, FRAME_SS);
#undef CHECK_FRAME_OFFSET
_Static_assert(sizeof(struct trap_frame) == FRAME_SIZE, "entry.S");
#endif

#endif
