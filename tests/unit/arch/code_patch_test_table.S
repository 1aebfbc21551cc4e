/* SPDX-License-Identifier: MIT */
/* Two places to patch, in a section that may be written, and their table. */
#include "arch/code_patch.h"

    .section .patch_table, "a"
    .globl patch_table_start
patch_table_start:

    .data
    .globl patched_call, patched_jump, patch_target
    PATCH_CALL 8, patch_target, 0x1
patched_call:
    .fill 9, 1, 0x11
    PATCH_JUMP 5, patch_target, 0x6
patched_jump:
    .fill 6, 1, 0x22
patch_target:
    .byte 0

    .section .patch_table, "a"
    .globl patch_table_end
patch_table_end:

    .section .note.GNU-stack, "", @progbits
