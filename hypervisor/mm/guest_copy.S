/* SPDX-License-Identifier: MIT */
/*
 * The only instructions of the hypervisor that touch guest memory by the guest's address. Any
 * of them may fault; the function then answers 1 at once. guest_access.c has checked the range.
 * Four words of 8 bytes, then words, then bytes: nearly all copies are of small structs.
 */
#include "arch/fixup.h"

    .text

/* int guest_copy(void *to, const void *from, size_t bytes) */
    .globl  guest_copy
    .hidden guest_copy
    .type   guest_copy, @function
guest_copy:
    movq    %rdx, %rcx
    shrq    $5, %rcx
    jz      3f
10: movq    (%rsi), %rax
11: movq    8(%rsi), %r8
12: movq    16(%rsi), %r9
13: movq    24(%rsi), %r10
14: movq    %rax, (%rdi)
15: movq    %r8, 8(%rdi)
16: movq    %r9, 16(%rdi)
17: movq    %r10, 24(%rdi)
    addq    $32, %rsi
    addq    $32, %rdi
    decq    %rcx
    jnz     10b
3:  movl    %edx, %ecx
    andl    $0x18, %ecx
    jz      4f
1:  movq    (%rsi), %rax
2:  movq    %rax, (%rdi)
    addq    $8, %rsi
    addq    $8, %rdi
    subl    $8, %ecx
    jnz     1b
4:  andl    $7, %edx
    jz      8f
5:  movb    (%rsi), %al
6:  movb    %al, (%rdi)
    incq    %rsi
    incq    %rdi
    decl    %edx
    jnz     5b
8:  xorl    %eax, %eax
    ret
9:  movl    $1, %eax
    ret
    FIXUP   10b, 9b
    FIXUP   11b, 9b
    FIXUP   12b, 9b
    FIXUP   13b, 9b
    FIXUP   14b, 9b
    FIXUP   15b, 9b
    FIXUP   16b, 9b
    FIXUP   17b, 9b
    FIXUP   1b, 9b
    FIXUP   2b, 9b
    FIXUP   5b, 9b
    FIXUP   6b, 9b
    .size   guest_copy, . - guest_copy

/* int guest_clear(void *to, size_t bytes) */
    .globl  guest_clear
    .hidden guest_clear
    .type   guest_clear, @function
guest_clear:
    movq    %rsi, %rcx
    shrq    $3, %rcx
    jz      4f
1:  movq    $0, (%rdi)
    addq    $8, %rdi
    decq    %rcx
    jnz     1b
4:  andl    $7, %esi
    jz      8f
5:  movb    $0, (%rdi)
    incq    %rdi
    decl    %esi
    jnz     5b
8:  xorl    %eax, %eax
    ret
9:  movl    $1, %eax
    ret
    FIXUP   1b, 9b
    FIXUP   5b, 9b
    .size   guest_clear, . - guest_clear

/* int guest_exchange(uint64_t *word, uint64_t *expected, uint64_t replacement):
 * *expected becomes what the word held. */
    .globl  guest_exchange
    .hidden guest_exchange
    .type   guest_exchange, @function
guest_exchange:
    movq    (%rsi), %rax
1:  lock cmpxchgq %rdx, (%rdi)
    movq    %rax, (%rsi)
    xorl    %eax, %eax
    ret
9:  movl    $1, %eax
    ret
    FIXUP   1b, 9b
    .size   guest_exchange, . - guest_exchange

    .section .note.GNU-stack, "", @progbits
