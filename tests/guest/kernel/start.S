/* SPDX-License-Identifier: MIT */
/*
 * A test guest's first instructions, its stack, and the entry points that the hypervisor calls.
 *
 * Entry points of the PV64 ABI find, on the kernel's stack: rcx, r11, [error code], rip, cs,
 * rflags, rsp, ss. They are made into a struct guest_frame for one C function and undone for the
 * iret hypercall, which takes rax, r11, rcx, flags, rip, cs, rflags, rsp, ss.
 */
#include "hypercall-abi/hypercall_numbers.h"

    .section .text.start, "ax"
    .globl guest_entry
guest_entry:
    lea     guest_stack_end(%rip), %rsp
    mov     %rsi, %rdi
    xor     %ebp, %ebp
    call    guest_start
    ud2

    .text

/* Behind the words that the hypervisor pushed: the vector, then the other registers. */
    .macro save_registers
    push    %rax
    push    %rbx
    push    %rdx
    push    %rsi
    push    %rdi
    push    %rbp
    push    %r8
    push    %r9
    push    %r10
    push    %r12
    push    %r13
    push    %r14
    push    %r15
    mov     %rsp, %rdi
    .endm

guest_entered:
    pushfq
    popq    entry_rflags(%rip)
    save_registers
    cld
    call    guest_entry_dispatch
guest_leave:
    pop     %r15
    pop     %r14
    pop     %r13
    pop     %r12
    pop     %r10
    pop     %r9
    pop     %r8
    pop     %rbp
    pop     %rdi
    pop     %rsi
    pop     %rdx
    pop     %rbx
    pop     %rax
    /* vector, rcx, r11, error code, rip, ...  becomes  rax, r11, rcx, flags, rip, ... */
    mov     8(%rsp), %rcx
    mov     16(%rsp), %r11
    mov     %rax, 0(%rsp)
    mov     %r11, 8(%rsp)
    mov     %rcx, 16(%rsp)
    movq    $0, 24(%rsp)
    mov     $__HYPERVISOR_iret, %eax
    syscall
    ud2

/* Traps with and without an error code. Without one, rcx and r11 move down to make room. */
    .macro trap_with_error vector
    .balign 16
    mov     %rsp, entry_rsp(%rip)
    pushq   $\vector
    jmp     guest_entered
    .endm

    .macro plain_frame vector
    push    (%rsp)              /* rcx */
    push    %rax
    mov     24(%rsp), %rax
    mov     %rax, 16(%rsp)      /* r11 */
    movq    $0, 24(%rsp)        /* no error code */
    pop     %rax
    pushq   $\vector
    jmp     guest_entered
    .endm

    .macro trap_plain vector
    .balign 16
    mov     %rsp, entry_rsp(%rip)
    plain_frame \vector
    .endm

    .globl guest_trap_entries
    .balign 64
guest_trap_entries:
    .set vector, 0
    .rept 256
    .if vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30
    trap_with_error vector
    .else
    trap_plain vector
    .endif
    .balign 64
    .set vector, vector + 1
    .endr

/* Callbacks look like traps without an error code. */
    .globl guest_event_entry
guest_event_entry:
    trap_plain 0x100
    .globl guest_failsafe_entry
guest_failsafe_entry:
    mov     %rsp, entry_rsp(%rip)
    /* ds, es, fs, gs lie between r11 and rip: note and drop them. */
    push    %rax
    mov     24(%rsp), %rax
    mov     %rax, entry_selectors(%rip)
    mov     32(%rsp), %rax
    mov     %rax, 8+entry_selectors(%rip)
    mov     40(%rsp), %rax
    mov     %rax, 16+entry_selectors(%rip)
    mov     48(%rsp), %rax
    mov     %rax, 24+entry_selectors(%rip)
    mov     8(%rsp), %rax
    mov     %rax, 40(%rsp)
    mov     16(%rsp), %rax
    mov     %rax, 48(%rsp)
    pop     %rax
    lea     32(%rsp), %rsp
    plain_frame 0x101
    .globl guest_syscall_entry
guest_syscall_entry:
    trap_plain 0x102
    .globl guest_syscall32_entry
guest_syscall32_entry:
    trap_plain 0x103
    .globl guest_sysenter_entry
guest_sysenter_entry:
    trap_plain 0x104
    .globl guest_nmi_entry
guest_nmi_entry:
    trap_plain 0x105

/*
 * bool try_run(void (*function)(void *), void *argument, struct try_point *point)
 * Calls the function. An exception inside it comes back here as the answer 1.
 */
    .globl try_run
try_run:
    push    %rbx
    push    %rbp
    push    %r12
    push    %r13
    push    %r14
    push    %r15
    sub     $8, %rsp
    mov     %rsp, 0(%rdx)
    lea     try_landing(%rip), %rax
    mov     %rax, 8(%rdx)
    mov     %rdi, %rax
    mov     %rsi, %rdi
    call    *%rax
    xor     %eax, %eax
    jmp     try_end
try_landing:
    mov     $1, %eax
try_end:
    add     $8, %rsp
    pop     %r15
    pop     %r14
    pop     %r13
    pop     %r12
    pop     %rbp
    pop     %rbx
    ret

    .globl undefined_instruction
undefined_instruction:
    ud2

/* First instruction of another vCPU: the stack and the argument are in its context. */
    .globl guest_vcpu_entry
guest_vcpu_entry:
    xor     %ebp, %ebp
    call    guest_vcpu_start
    ud2

    .bss
    .balign 4096
    .globl guest_stack
guest_stack:
    .skip 32768
    .globl guest_stack_end
guest_stack_end:
    .globl entry_rflags, entry_rsp
entry_rflags:
    .skip 8
entry_rsp:
    .skip 8
    .globl entry_selectors
entry_selectors:
    .skip 32

    .section .note.GNU-stack, "", @progbits
