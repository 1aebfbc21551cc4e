/* SPDX-License-Identifier: MIT */
/*
 * Where the compiler sends every indirect jump and call: __x86_indirect_thunk_REGISTER jumps
 * there, or, patched, goes on by a return whose prediction ends in a loop that does nothing.
 */
#include "arch/code_patch.h"
#include "arch/measures.h"
#include "arch/return_stack.inc"

    .text

.macro THUNK register
    .balign 16
    .globl __x86_indirect_thunk_\register
    .hidden __x86_indirect_thunk_\register
    .type __x86_indirect_thunk_\register, @function
__x86_indirect_thunk_\register:
    PATCH_JUMP PATCH_MIN_LENGTH, retpoline_\register, MEASURE_RETPOLINE
    jmp *%\register
    .skip 3, 0xcc
    .size __x86_indirect_thunk_\register, . - __x86_indirect_thunk_\register

    .type retpoline_\register, @function
retpoline_\register:
    call 2f
1:  pause
    lfence
    jmp 1b
2:  movq %\register, (%rsp)
    ret
    int3
    .size retpoline_\register, . - retpoline_\register
.endm

    /* Two bytes and three are five for the first eight, three and three six for the others. */
    .irp register, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
    THUNK \register
    .endr

/* void return_stack_fill(void) */
    .balign 16
    .globl return_stack_fill
    .hidden return_stack_fill
    .type return_stack_fill, @function
return_stack_fill:
    RETURN_STACK_FILL
    lfence
    ret
    .size return_stack_fill, . - return_stack_fill

    .section .note.GNU-stack, "", @progbits
