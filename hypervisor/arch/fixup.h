/* SPDX-License-Identifier: MIT */
/*
 * Instructions that are allowed to fault in the hypervisor, and where they go on if they do.
 *
 * Each entry pairs the address of such an instruction with a place to resume at. When a fault
 * has a hypervisor CS, the trap code asks fixup_find(); an address that is not here is a bug.
 * The entries are offsets from themselves, so that the table needs no relocation.
 */
#ifndef PARAPET_ARCH_FIXUP_H
#define PARAPET_ARCH_FIXUP_H

#ifdef __ASSEMBLER__
/* clang-format off */
.macro FIXUP from, to
    .pushsection .fixup_table, "a"
    .balign 4
    .long \from - .
    .long \to - .
    .popsection
.endm
/* clang-format on */
#else

#include <stdint.h>

/* The same for inline assembly; @from and @to are local labels such as "1b" and "2f". */
#define FIXUP_ASM(from, to)                                                                        \
    ".pushsection .fixup_table, \"a\"\n"                                                           \
    ".balign 4\n"                                                                                  \
    ".long " from " - .\n"                                                                         \
    ".long " to " - .\n"                                                                           \
    ".popsection\n"

/* Where to resume after a fault at @rip, or 0: nothing there may fault. */
uint64_t fixup_find(uint64_t rip);

#endif
#endif
