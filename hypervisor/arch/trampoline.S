/* SPDX-License-Identifier: MIT */
/*
 * How a further CPU gets from its start-up interrupt to smp_cpu_entry().
 *
 * It starts in real mode at a page below 1 MiB, to which smp.c has copied the code between
 * trampoline_start and trampoline_end. That much only reaches protected mode; the rest runs
 * where it was linked, on the boot page tables and then on the hypervisor's.
 */
#include "arch/long_mode.inc"

    .section .rodata.trampoline, "a"
    .code16
    .globl  trampoline_start, trampoline_end
trampoline_start:
    cli
    cld
    movw    %cs, %ax
    movw    %ax, %ds
    lgdtl   trampoline_gdt_pointer - trampoline_start
    movl    %cr0, %eax
    orb     $1, %al
    movl    %eax, %cr0
    ljmpl   $BOOT_CS32, $trampoline_32
    .balign 4
trampoline_gdt_pointer:
    .short  BOOT_GDT_LIMIT
    .long   boot_gdt
trampoline_end:

    .section .boot.text, "ax"
    .code32
trampoline_32:
    movl    $BOOT_DS, %eax
    movl    %eax, %ds
    movl    %eax, %es
    movl    %eax, %ss
    movl    $boot_l4_physical, %eax
    ENTER_LONG_MODE trampoline_64

    .code64
trampoline_64:
    movabsq $trampoline_high, %rax
    jmp     *%rax

    .section .text.entry, "ax"
trampoline_high:
    xorl    %eax, %eax
    movl    %eax, %ds
    movl    %eax, %es
    movl    %eax, %fs
    movl    %eax, %gs
    movl    %eax, %ss
    movq    smp_start_root(%rip), %rax
    movq    %rax, %cr3
    movq    smp_start_stack(%rip), %rsp
    xorl    %ebp, %ebp
    call    smp_cpu_entry
1:  cli
    hlt
    jmp     1b
    .type   trampoline_high, @function
    .size   trampoline_high, . - trampoline_high
    .section .note.GNU-stack, "", @progbits
