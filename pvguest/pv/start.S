/* SPDX-License-Identifier: MIT */
/* The ELF notes that say how to start this kernel, and its first instructions. */
#include "hypercall-abi/elfnote.h"

    .macro NOTE type, value:vararg
    .balign 4
    .long 4, 2f - 1f, \type
    .asciz "Xen"
1:  \value
2:  .balign 4
    .endm

    .section .note.Xen, "a", @note
    NOTE XEN_ELFNOTE_ENTRY, .quad pv_start
    NOTE XEN_ELFNOTE_VIRT_BASE, .quad 0xffffffff80000000
    NOTE XEN_ELFNOTE_XEN_VERSION, .asciz "xen-3.0"
    NOTE XEN_ELFNOTE_GUEST_OS, .asciz "pvguest"
    NOTE XEN_ELFNOTE_LOADER, .asciz "generic"
    NOTE XEN_ELFNOTE_SUPPORTED_FEATURES, .quad 0x800

    .text
    .globl pv_start
pv_start:
    cld
    movq %rsi, %rdi
    movq $boot_stack_end, %rsp
    xorl %ebp, %ebp
    call pv_boot
    ud2

    .section .bss
    .balign 16
    .skip 8192
boot_stack_end:
    .section .note.GNU-stack, "", @progbits
