/* SPDX-License-Identifier: MIT */
/*
 * How the hypervisor calls this kernel, and the way back by the iret hypercall.
 *
 * A bounce frame has RCX and R11 below what the processor would have pushed; once they are
 * popped the rest is as on the bare machine. Event delivery is masked at every entry.
 */
#include "hypercall-abi/hypercall_numbers.h"
#include "kernel/cpu.h"
#include "kernel/registers.inc"

#define VGCF_IN_SYSCALL 0x100
#define VCPU_INFO_MASK  1

/* On top of RIP, CS, RFLAGS, RSP, SS: the rest of struct iret_context. */
    .macro IRET flags
    pushq $\flags
    pushq %rcx
    pushq %r11
    pushq %rax
    movl $__HYPERVISOR_iret, %eax
    syscall
    .endm

    .text
    .balign 32
    .globl pv_trap_stubs
pv_trap_stubs:
    vector = 0
    .rept 32
    .balign 32
    popq %rcx
    popq %r11
    .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17)
    pushq $0
    .endif
    pushq $vector
    jmp trap_common
    vector = vector + 1
    .endr

trap_common:
    SAVE_REGISTERS
    movq %rsp, %rdi
    call pv_trap
leave:
    RESTORE_REGISTERS
    IRET 0

    .globl pv_event_entry
pv_event_entry:
    popq %rcx
    popq %r11
    pushq $0
    pushq $0
    SAVE_REGISTERS
    movq %rsp, %rdi
    call pv_event
    jmp leave

    .globl pv_syscall_entry
pv_syscall_entry:
    popq %rcx
    popq %r11
    pushq $0
    pushq $0
    SAVE_REGISTERS
    movq %rsp, %rdi
    call kernel_syscall
    RESTORE_REGISTERS
    IRET VGCF_IN_SYSCALL

    .globl bottom_enter_user
bottom_enter_user:
    movq %gs:CPU_BOTTOM, %rax
    movb $1, VCPU_INFO_MASK(%rax)
    movq %rdi, %rsp
    jmp leave

    .globl pv_failsafe_entry
pv_failsafe_entry:
    call pv_failsafe
    ud2

    .globl pv_secondary_entry
pv_secondary_entry:
    xorl %ebp, %ebp
    call pv_secondary
    ud2
    .section .note.GNU-stack, "", @progbits
