/* SPDX-License-Identifier: MIT */
/*
 * From the boot loader to boot_main().
 *
 * The loader leaves 32-bit protected mode without paging: eax says which Multiboot, ebx
 * points to its information. All that is done here is to refuse machines that cannot run the
 * hypervisor, with one line on the first serial port, and to reach long mode on the boot page
 * tables: the first 4 GiB at 0, at HYPERVISOR_VIRT and at DIRECT_MAP_VIRT (arch/layout.h).
 */
#include "arch/long_mode.inc"

#define MB1_MAGIC 0x1badb002
#define MB1_FLAGS 0x00010003 /* modules page-aligned, memory map, address fields valid */
#define MB2_MAGIC 0xe85250d6
#define MB1_LOADED 0x2badb002
#define MB2_LOADED 0x36d76289

#define SLOT_IDENTITY 0
#define SLOT_HYPERVISOR 258
#define SLOT_DIRECT_MAP 264
#define TABLE_BITS 0x003 /* present, write */
#define LARGE_PAGE_BITS 0x083 /* present, write, large */

#define EFLAGS_ID (1 << 21)
#define CPUID_LONG_MODE (1 << 29)
#define CPUID_NX (1 << 20)

#define COM1 0x3f8

/* ---- What boot loaders look for: within the first 8 KiB (version 2: 32 KiB) of the file. */

    .section .boot.multiboot, "ax"
    .balign 4
mb1_header:
    .long   MB1_MAGIC
    .long   MB1_FLAGS
    .long   -(MB1_MAGIC + MB1_FLAGS)
    .long   mb1_header
    .long   hypervisor_load
    .long   load_end_physical
    .long   bss_end_physical
    .long   boot_entry

    .balign 8
mb2_header:
    .long   MB2_MAGIC
    .long   0 /* i386 */
    .long   mb2_header_end - mb2_header
    .long   -(MB2_MAGIC + (mb2_header_end - mb2_header))
    /* Tag 1, information request: command line, modules, memory map. */
    .balign 8
    .short  1, 0
    .long   20
    .long   1, 3, 6
    /* Tag 2, addresses: the same piece as Multiboot 1 loads. */
    .balign 8
    .short  2, 0
    .long   24
    .long   mb2_header
    .long   hypervisor_load
    .long   load_end_physical
    .long   bss_end_physical
    /* Tag 3, entry. */
    .balign 8
    .short  3, 0
    .long   12
    .long   boot_entry
    /* Tag 6, modules page-aligned. */
    .balign 8
    .short  6, 0
    .long   8
    /* Tag 0, end. */
    .balign 8
    .short  0, 0
    .long   8
mb2_header_end:

/* ---- 32-bit code. ebp: magic, ebx: information, esi: low half of the TSC, edi: high half. */

    .section .boot.text, "ax"
    .code32
    .globl  boot_entry
boot_entry:
    cli
    cld
    movl    $boot_stack_physical, %esp
    movl    %eax, %ebp
    lgdt    boot_gdt_pointer
    ljmpl   $BOOT_CS32, $1f
1:  movl    $BOOT_DS, %eax
    movl    %eax, %ds
    movl    %eax, %es
    movl    %eax, %ss
    xorl    %eax, %eax
    movl    %eax, %fs
    movl    %eax, %gs

    movl    $no_multiboot, %edi
    cmpl    $MB1_LOADED, %ebp
    je      2f
    cmpl    $MB2_LOADED, %ebp
    jne     boot_refuse
2:  call    check_cpu
    rdtsc
    pushl   %edx
    pushl   %eax
    call    clear_bss
    call    fill_tables
    popl    %esi
    popl    %edi
    movl    $boot_l4_physical, %eax
    ENTER_LONG_MODE boot_entry64

/* Keeps ebx and ebp; returns only on a CPU that will do. */
check_cpu:
    pushl   %ebx
    movl    $no_long_mode, %edi
    pushfl
    popl    %eax
    movl    %eax, %ecx
    xorl    $EFLAGS_ID, %eax
    pushl   %eax
    popfl
    pushfl
    popl    %eax
    xorl    %ecx, %eax
    testl   $EFLAGS_ID, %eax
    jz      boot_refuse /* no CPUID */
    movl    $0x80000000, %eax
    cpuid
    cmpl    $0x80000001, %eax
    jb      boot_refuse
    movl    $0x80000001, %eax
    cpuid
    testl   $CPUID_LONG_MODE, %edx
    jz      boot_refuse
    movl    $no_nx, %edi
    testl   $CPUID_NX, %edx
    jz      boot_refuse
    popl    %ebx
    ret

/* Not all loaders do, after a warm start. The stack, at the very end, holds what it must not
 * lose: the return address and two words. */
clear_bss:
    movl    $bss_start_physical, %edi
    movl    %esp, %ecx
    subl    %edi, %ecx
    shrl    $2, %ecx
    xorl    %eax, %eax
    rep stosl
    ret

/* 2048 entries of 2 MiB, one L3 for all three places. */
fill_tables:
    movl    $boot_l2_physical, %edi
    movl    $LARGE_PAGE_BITS, %eax
    xorl    %ecx, %ecx
1:  movl    %eax, (%edi, %ecx, 8)
    addl    $0x200000, %eax
    incl    %ecx
    cmpl    $2048, %ecx
    jb      1b
    movl    $boot_l3_physical, %edi
    movl    $(boot_l2_physical + TABLE_BITS), %eax
    xorl    %ecx, %ecx
2:  movl    %eax, (%edi, %ecx, 8)
    addl    $0x1000, %eax
    incl    %ecx
    cmpl    $4, %ecx
    jb      2b
    movl    $(boot_l3_physical + TABLE_BITS), %eax
    movl    %eax, boot_l4_physical + SLOT_IDENTITY * 8
    movl    %eax, boot_l4_physical + SLOT_HYPERVISOR * 8
    movl    %eax, boot_l4_physical + SLOT_DIRECT_MAP * 8
    ret

/* Prints the text at edi on the first serial port, 115200 8n1, and stops. */
boot_refuse:
    movl    $uart_setup, %esi
1:  movzbl  (%esi), %edx
    cmpl    $0xff, %edx
    je      2f
    addl    $COM1, %edx
    movb    1(%esi), %al
    outb    %al, %dx
    addl    $2, %esi
    jmp     1b
2:  movb    (%edi), %cl
    testb   %cl, %cl
    jz      5f
    movl    $0x100000, %esi /* no port there: do not wait for ever */
3:  movl    $(COM1 + 5), %edx
    inb     %dx, %al
    testb   $0x20, %al
    jnz     4f
    decl    %esi
    jnz     3b
4:  movl    $COM1, %edx
    movb    %cl, %al
    outb    %al, %dx
    incl    %edi
    jmp     2b
5:  cli
    hlt
    jmp     5b

    .code64
boot_entry64:
    movabsq $boot_high, %rax
    jmp     *%rax

    .section .boot.rodata, "a"
/* Offset from the base port, value: no interrupts, divisor 1, 8n1, FIFO on, DTR and RTS. */
uart_setup:
    .byte   1, 0x00, 3, 0x80, 0, 0x01, 1, 0x00, 3, 0x03, 2, 0x07, 4, 0x03, 0xff
no_multiboot:
    .asciz  "\r\nparapet: not started by a Multiboot boot loader; stopping\r\n"
no_long_mode:
    .asciz  "\r\nparapet: this CPU has no long mode (64 bits); stopping\r\n"
no_nx:
    .asciz  "\r\nparapet: this CPU has no NX (no-execute pages), or firmware switched it off; stopping\r\n"

    .balign 8
    .globl  boot_gdt
boot_gdt:
    .quad   0
    .quad   0x00cf9b000000ffff /* BOOT_CS32 */
    .quad   0x00af9b000000ffff /* BOOT_CS64 */
    .quad   0x00cf93000000ffff /* BOOT_DS */
boot_gdt_pointer:
    .short  BOOT_GDT_LIMIT
    .long   boot_gdt

/* ---- 64-bit code at its final address. */

    .section .text.entry, "ax"
boot_high:
    xorl    %eax, %eax
    movl    %eax, %ds
    movl    %eax, %es
    movl    %eax, %ss
    leaq    boot_cpu_region + 0x10000(%rip), %rsp
    shlq    $32, %rdi
    movl    %esi, %edx
    orq     %rdi, %rdx
    movl    %ebx, %esi
    movl    %ebp, %edi
    xorl    %ebp, %ebp
    call    boot_main
1:  cli
    hlt
    jmp     1b
    .type   boot_high, @function
    .size   boot_high, . - boot_high

    .section .bss.page_aligned, "aw", @nobits
    .balign 4096
    .globl  boot_l4, boot_l3, boot_l2
boot_l4:
    .skip   4096
boot_l3:
    .skip   4096
boot_l2:
    .skip   4 * 4096
    .section .note.GNU-stack, "", @progbits
