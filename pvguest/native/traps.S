/* SPDX-License-Identifier: MIT */
/*
 * How the processor enters and leaves the kernel: one stub for each vector, SYSCALL, and the way
 * back. All build the same struct trap_frame.
 */
#include "kernel/cpu.h"
#include "kernel/registers.inc"
#include "native/native.h"

#define FRAME_CS_FROM_VECTOR 24 /* vector, error code, rip, then cs */

    .text
/* Stubs of 16 bytes each; the vectors with an error code have it pushed already. */
    .balign 16
    .globl trap_stubs
trap_stubs:
    vector = 0
    .rept 256
    .balign 16
    .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17)
    pushq $0
    .endif
    pushq $vector
    jmp trap_common
    vector = vector + 1
    .endr

trap_common:
    /* The stub pushed the vector last; in the frame it lies below the error code. */
    testb $3, FRAME_CS_FROM_VECTOR(%rsp)
    jz 1f
    swapgs
1:  SAVE_REGISTERS
    cld
    movq %rsp, %rdi
    call native_trap
leave:
    cli
    testb $3, 15 * 8 + FRAME_CS_FROM_VECTOR(%rsp)
    jz 1f
    RESTORE_REGISTERS
    swapgs
    iretq
1:  RESTORE_REGISTERS
    iretq

    .globl syscall_entry
syscall_entry:
    swapgs
    movq %rsp, %gs:CPU_USER_RSP
    movq %gs:CPU_KERNEL_STACK, %rsp
    pushq $SELECTOR_USER_DATA
    pushq %gs:CPU_USER_RSP
    pushq %r11
    pushq $SELECTOR_USER_CODE
    pushq %rcx
    pushq $0
    pushq $0
    SAVE_REGISTERS
    movq %rsp, %rdi
    call kernel_syscall
    jmp leave

    .globl bottom_enter_user
bottom_enter_user:
    cli
    movq %rdi, %rsp
    jmp leave
    .section .note.GNU-stack, "", @progbits
