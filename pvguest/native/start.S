/* SPDX-License-Identifier: MIT */
/*
 * From the multiboot loader's 32-bit protected mode to 64-bit C, on the boot CPU and, through
 * the page at TRAMPOLINE, on the others.
 *
 * Tables made here: the first GiB of memory, in 2 MiB pages, at 0 (until the C code changes to
 * its own root), at DIRECT_MAP and at KERNEL_BASE; the local APIC's page 1 GiB above that.
 */
#include "kernel/cpu.h"
#include "native/native.h"

#define PHYSICAL(symbol) ((symbol) - 0xffffffff80000000)

#define MULTIBOOT_MAGIC 0x1badb002
#define MULTIBOOT_FLAGS 0x00010003

    .section .multiboot, "ax"
    .balign 4
multiboot_header:
    .long MULTIBOOT_MAGIC
    .long MULTIBOOT_FLAGS
    .long -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)
    .long PHYSICAL(multiboot_header)
    .long PHYSICAL(image_start)
    .long PHYSICAL(image_load_end)
    .long PHYSICAL(image_end)
    .long PHYSICAL(native_start)

    .code32
    .globl native_start
native_start:
    cli
    movl %ebx, PHYSICAL(multiboot_info)
    movl $PHYSICAL(boot_stack_end), %esp

    /* 512 pages of 2 MiB: writable, present, large. */
    movl $PHYSICAL(first_gib), %edi
    movl $0x83, %eax
1:  movl %eax, (%edi)
    addl $8, %edi
    addl $0x200000, %eax
    cmpl $PHYSICAL(first_gib) + 4096, %edi
    jb 1b
    movl $LOCAL_APIC + 0x93, PHYSICAL(devices) /* not cached */

    movl $PHYSICAL(first_gib) + 3, PHYSICAL(low_l3)
    movl $PHYSICAL(first_gib) + 3, PHYSICAL(high_l3) + 510 * 8
    movl $PHYSICAL(devices) + 3, PHYSICAL(high_l3) + 511 * 8
    movl $PHYSICAL(low_l3) + 3, PHYSICAL(boot_root)
    movl $PHYSICAL(low_l3) + 3, PHYSICAL(boot_root) + 273 * 8
    movl $PHYSICAL(high_l3) + 3, PHYSICAL(boot_root) + 511 * 8

    call enable_long_mode
    lgdt PHYSICAL(boot_gdt_pointer)
    ljmp $0x08, $PHYSICAL(1f)
    .code64
1:  movabsq $2f, %rax
    jmp *%rax
2:  movabsq $boot_stack_end, %rsp
    xorl %ebp, %ebp
    movl multiboot_info(%rip), %edi
    call native_boot
    ud2

/* Paging with boot_root, NX and SYSCALL, write protection also for the kernel. */
    .code32
enable_long_mode:
    movl $0x20, %eax /* PAE */
    movl %eax, %cr4
    movl $PHYSICAL(boot_root), %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx
    rdmsr
    orl $0x901, %eax /* SCE, LME, NXE */
    wrmsr
    movl %cr0, %eax
    orl $0x80010001, %eax /* PG, WP, PE */
    movl %eax, %cr0
    ret

/*
 * The page the other CPUs start in, copied to TRAMPOLINE. They come one at a time: the struct
 * cpu and the stack are in two words that the starter sets.
 */
    .globl trampoline_start, trampoline_end
    .code16
trampoline_start:
    cli
    xorw %ax, %ax
    movw %ax, %ds
    lgdtl TRAMPOLINE + (trampoline_gdt_pointer - trampoline_start)
    movl %cr0, %eax
    orl $1, %eax
    movl %eax, %cr0
    ljmpl $0x18, $TRAMPOLINE + (trampoline_32 - trampoline_start)
    .code32
trampoline_32:
    movw $0x10, %ax
    movw %ax, %ds
    movw %ax, %ss
    movl $TRAMPOLINE + 4096, %esp
    movl $PHYSICAL(enable_long_mode), %eax
    call *%eax
    ljmp $0x08, $PHYSICAL(secondary_64)
trampoline_gdt_pointer:
    .word 31
    .long PHYSICAL(boot_gdt)
trampoline_end:

    .code64
secondary_64:
    movabsq $1f, %rax
    jmp *%rax
1:  movq secondary_stack(%rip), %rsp
    movq secondary_cpu(%rip), %rdi
    xorl %ebp, %ebp
    call native_secondary
    ud2

    .section .data
    .balign 16
boot_gdt:
    .quad 0
    .quad 0x00af9b000000ffff /* 0x08: 64-bit code */
    .quad 0x00cf93000000ffff /* 0x10: data */
    .quad 0x00cf9b000000ffff /* 0x18: 32-bit code */
boot_gdt_pointer:
    .word 31
    .long PHYSICAL(boot_gdt)
    .long 0
    .globl secondary_stack, secondary_cpu
secondary_stack:
    .quad 0
secondary_cpu:
    .quad 0
multiboot_info:
    .long 0

    .section .bss
    .balign 4096
    .globl boot_root, devices
boot_root:
    .skip 4096
low_l3:
    .skip 4096
high_l3:
    .skip 4096
first_gib:
    .skip 4096
devices:
    .skip 4096
boot_stack:
    .skip 8192
boot_stack_end:
    .section .note.GNU-stack, "", @progbits
