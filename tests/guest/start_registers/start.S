/* SPDX-License-Identifier: MIT */
/* An entry of its own, which keeps the registers before the library changes them. */
    .text
    .globl recording_entry
recording_entry:
    mov     %rax, first_registers+0(%rip)
    mov     %rbx, first_registers+8(%rip)
    mov     %rcx, first_registers+16(%rip)
    mov     %rdx, first_registers+24(%rip)
    mov     %rsi, first_registers+32(%rip)
    mov     %rdi, first_registers+40(%rip)
    mov     %rbp, first_registers+48(%rip)
    mov     %rsp, first_registers+56(%rip)
    mov     %r8, first_registers+64(%rip)
    mov     %r9, first_registers+72(%rip)
    mov     %r10, first_registers+80(%rip)
    mov     %r11, first_registers+88(%rip)
    mov     %r12, first_registers+96(%rip)
    mov     %r13, first_registers+104(%rip)
    mov     %r14, first_registers+112(%rip)
    mov     %r15, first_registers+120(%rip)
    pushfq
    popq    first_registers+128(%rip)
    mov     %cs, first_selectors+0(%rip)
    mov     %ss, first_selectors+2(%rip)
    mov     %ds, first_selectors+4(%rip)
    mov     %es, first_selectors+6(%rip)
    mov     %fs, first_selectors+8(%rip)
    mov     %gs, first_selectors+10(%rip)
    jmp     guest_entry

    .section .note.GNU-stack, "", @progbits
