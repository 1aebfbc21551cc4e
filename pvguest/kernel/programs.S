/* SPDX-License-Identifier: MIT */
/* The built-in programs' ELF files; the build names their folder by -I. */
    .section .rodata
    .macro program name
    .balign 16
    .globl program_\name, program_\name\()_end
program_\name:
    .incbin "\name"
program_\name\()_end:
    .endm
#define PROGRAM(name) program name
#include "kernel/programs.def"
    .section .note.GNU-stack, "", @progbits
