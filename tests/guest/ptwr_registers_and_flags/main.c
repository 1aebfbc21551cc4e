/* SPDX-License-Identifier: MIT */
/*
 * An emulated page-table write leaves registers and flags as the instruction would: XCHG and CMPXCHG return the old
 * value, CMPXCHG sets ZF, BTR and BTS set CF, AND, OR, XOR, ADD and SUB the arithmetic flags; MOV none
 * (abi-facts 5.8).
 */
#include "ptwr.h"

#define ARITHMETIC (RFLAGS_CF | BIT(2) | RFLAGS_ZF | BIT(7) | RFLAGS_OF)

struct outcome {
    uint64_t rax, rcx, flags, entry;
};

/* The same instruction on the entry and on ordinary memory. */
#define CHECK(text, in_rax, in_rcx)                                                                \
    do {                                                                                           \
        volatile uint64_t plain;                                                                   \
        struct outcome real, emulated;                                                             \
                                                                                                   \
        ptwr_reset();                                                                              \
        plain = *ptwr_entry;                                                                       \
        RUN(text, &plain, in_rax, in_rcx, real);                                                   \
        RUN(text, ptwr_entry, in_rax, in_rcx, emulated);                                           \
        expect_eq(emulated.rax, real.rax, "RAX after " text);                                      \
        expect_eq(emulated.rcx, real.rcx, "RCX after " text);                                      \
        expect_eq(emulated.flags, real.flags, "flags after " text);                                \
        expect_eq(emulated.entry, real.entry, "the entry after " text);                            \
    } while (0)

#define RUN(text, where, in_rax, in_rcx, out)                                                      \
    do {                                                                                           \
        out.rax = (in_rax);                                                                        \
        out.rcx = (in_rcx);                                                                        \
        __asm__ volatile("push %[start]\n"                                                         \
                         "popfq\n" text "\n"                                                       \
                         "pushfq\n"                                                                \
                         "pop %[flags]\n"                                                          \
                         : "+a"(out.rax), "+c"(out.rcx), [flags] "=&r"(out.flags)                  \
                         : "D"(where), [start] "r"(ARITHMETIC)                                     \
                         : "cc", "memory");                                                        \
        out.flags &= ARITHMETIC;                                                                   \
        out.entry = *(where);                                                                      \
    } while (0)

void test_main(void)
{
    uint64_t entry, read_only;

    ptwr_setup();
    entry = *ptwr_entry;
    read_only = entry & ~PTE_WRITE;
    CHECK("mov %%rcx, (%%rdi)", 0, read_only);
    CHECK("movq $0, (%%rdi)", 0, 0);
    CHECK("xchg %%rcx, (%%rdi)", 0, read_only);
    CHECK("lock xchg %%rcx, (%%rdi)", 0, 0);
    CHECK("lock cmpxchg %%rcx, (%%rdi)", entry, read_only);
    CHECK("lock cmpxchg %%rcx, (%%rdi)", entry + 1, read_only);
    CHECK("cmpxchg %%rcx, (%%rdi)", 0, read_only);
    CHECK("lock andb $0xfd, (%%rdi)", 0, 0);
    CHECK("lock andq %%rcx, (%%rdi)", 0, ~PTE_WRITE);
    CHECK("lock andq $-3, (%%rdi)", 0, 0);
    CHECK("lock andl $0xfffffffd, (%%rdi)", 0, 0);
    CHECK("lock andw $0xfffd, (%%rdi)", 0, 0);
    CHECK("lock btrq $6, (%%rdi)", 0, 0);
    CHECK("lock btrq $9, (%%rdi)", 0, 0);
    CHECK("lock btsq $9, (%%rdi)", 0, 0);
    CHECK("lock btcq $10, (%%rdi)", 0, 0);
    CHECK("lock btrq %%rcx, (%%rdi)", 0, 5);
    CHECK("lock orq $0x200, (%%rdi)", 0, 0);
    CHECK("lock xorq $0x600, (%%rdi)", 0, 0);
    CHECK("lock addq $0x200, (%%rdi)", 0, 0);
    CHECK("lock subq $0x40, (%%rdi)", 0, 0);
    CHECK("andb %%cl, (%%rdi)", 0, 0xfd);
    CHECK("andb %%ch, (%%rdi)", 0, 0xfd00);
    CHECK("movb %%cl, (%%rdi)", 0, read_only & 0xff);
    CHECK("movb $0x25, (%%rdi)", 0, 0);
    CHECK("movw %%cx, (%%rdi)", 0, read_only & 0xffff);
    CHECK("movl %%ecx, (%%rdi)", 0, read_only & 0xffffffff);
    CHECK("orb $0x2, 1(%%rdi)", 0, 0);
    CHECK("movb %%cl, 6(%%rdi)", 0, 0x20);
    CHECK("movl %%ecx, 4(%%rdi)", 0, entry >> 32 | BIT(31));
}
