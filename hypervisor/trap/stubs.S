/* SPDX-License-Identifier: MIT */
/*
 * One stub for each vector, which completes what the processor pushes to error code and vector,
 * and the table of their addresses from which arch/descriptors.c fills the IDT.
 */
    .text
    .balign 16

/* Those that push an error code: 8 #DF, 10 #TS, 11 #NP, 12 #SS, 13 #GP, 14 #PF, 17 #AC, 21 #CP,
 * 29 #VC, 30 #SX. */
.macro STUB vector
.Lstub_\vector:
    .if (\vector == 8) || (\vector >= 10 && \vector <= 14) || (\vector == 17) || \
        (\vector == 21) || (\vector == 29) || (\vector == 30)
    .else
    pushq $0
    .endif
    movl $\vector, 4(%rsp)
    .if (\vector == 1) || (\vector == 2) || (\vector == 8) || (\vector == 18)
    jmp trap_entry_ist
    .else
    jmp trap_entry
    .endif
    .balign 16
    .pushsection .rodata, "a"
    .quad .Lstub_\vector
    .popsection
.endm

    .pushsection .rodata, "a"
    .balign 8
    .globl trap_stubs
    .hidden trap_stubs
    .type trap_stubs, @object
trap_stubs:
    .popsection

    .globl trap_stub_code
    .hidden trap_stub_code
    .type trap_stub_code, @function
trap_stub_code:
.altmacro
.set vector, 0
.rept 256
    STUB %vector
    .set vector, vector + 1
.endr
    .size trap_stub_code, . - trap_stub_code

    .pushsection .rodata, "a"
    .size trap_stubs, . - trap_stubs
    .popsection

    .section .note.GNU-stack, "", @progbits
