/* SPDX-License-Identifier: MIT */
/*
 * Instructions that are replaced at boot, where a measure against speculation is taken, by a
 * jump or a call. Where it is not, they stay what they are and cost nothing.
 *
 * PATCH_JUMP or PATCH_CALL stands before the instruction; the instructions of `length` bytes
 * behind it, at least five, must be the target's to do.
 */
#ifndef PARAPET_ARCH_CODE_PATCH_H
#define PARAPET_ARCH_CODE_PATCH_H

#define PATCH_OPCODE_CALL 0xe8
#define PATCH_OPCODE_JUMP 0xe9
#define PATCH_MIN_LENGTH  5

#ifdef __ASSEMBLER__
/* clang-format off */
.macro PATCH opcode, length, target, measures
    .pushsection .patch_table, "a"
    .balign 4
    .long 772f - .
    .long \target - .
    .long \measures
    .byte \opcode, \length, 0, 0
    .popsection
772:
.endm

.macro PATCH_JUMP length, target, measures
    PATCH PATCH_OPCODE_JUMP, \length, \target, \measures
.endm

.macro PATCH_CALL length, target, measures
    PATCH PATCH_OPCODE_CALL, \length, \target, \measures
.endm
/* clang-format on */
#else

#include <stdint.h>

#include "lib/compiler.h"

struct code_patch {
    int32_t site; /* both relative to the address of the field itself */
    int32_t target;
    uint32_t measures; /* any of these MEASURE_ bits */
    uint8_t opcode;
    uint8_t length;
    uint8_t reserved[2];
};

/* Patches what @measures want. While text is still writable (boot page tables), before another
 * CPU runs; what is patched must not be running. How many places were patched. */
uint32_t code_patch_apply(uint32_t measures);

#endif
#endif
