/* SPDX-License-Identifier: MIT */
/* Linked first: where the table that FIXUP fills begins. fixup_end.S is linked last. */
    .section .fixup_table, "a"
    .balign 4
    .globl  fixup_table_start
fixup_table_start:
    .section .note.GNU-stack, "", @progbits
