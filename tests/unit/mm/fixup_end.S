/* SPDX-License-Identifier: MIT */
    .section .fixup_table, "a"
    .balign 4
    .globl  fixup_table_end
fixup_table_end:
    .section .note.GNU-stack, "", @progbits
