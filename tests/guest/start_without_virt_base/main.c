/* SPDX-License-Identifier: MIT */
/*
 * A kernel without VIRT_BASE and ENTRY notes has pfn 0 at address 0 and starts at the ELF file's
 * entry (abi-facts 1.2). It is linked at 1 MiB and has none of the library.
 *
 * Machine: expect="(d0) low kernel runs"
 */
#include "guest.h"

/* Replaces the library's start: the linker script names it as the entry. */
__attribute__((section(".text.low"), used, naked)) void low_entry(void);
void low_entry(void)
{
    __asm__ volatile("lea text(%rip), %rdx\n"
                     "xor %edi, %edi\n"
                     "mov $16, %esi\n"
                     "mov $18, %eax\n"
                     "syscall\n"
                     "1: xor %edi, %edi\n"
                     "mov $29, %eax\n"
                     "syscall\n"
                     "jmp 1b\n"
                     "text: .ascii \"low kernel runs\\n\"\n");
}
