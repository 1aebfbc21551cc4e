/* SPDX-License-Identifier: MIT */
/* void switch_stacks(uint64_t *saved_rsp, uint64_t next_rsp): change the thread of control. */
    .text
    .globl switch_stacks
switch_stacks:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret

/* The first thing a new thread does. */
    .globl thread_first_steps
thread_first_steps:
    xorl %ebp, %ebp
    call thread_begin
    ud2
    .section .note.GNU-stack, "", @progbits
