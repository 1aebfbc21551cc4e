/* SPDX-License-Identifier: MIT */
/*
 * Each exception reaches its handler with the RIP that the processor defines (the instruction for a
 * fault, the next one for a trap), and with an error code only where the processor has one.
 * (abi-facts 3.2, 3.3)
 */
#include "guest.h"

#define PROVOKE(name, before, at)                                                                  \
    extern uint8_t name##_at[];                                                                    \
    static void name(void *unused)                                                                 \
    {                                                                                              \
        (void)unused;                                                                              \
        __asm__ volatile(before "\n" #name "_at: " at : : : "rax", "rcx", "rdx", "memory");        \
    }

PROVOKE(divide, "xor %%ecx, %%ecx\nxor %%edx, %%edx\nmov $1, %%eax", "div %%ecx")
PROVOKE(breakpoint, "nop", "int3")
PROVOKE(int_3, "nop", ".byte 0xcd, 3")
PROVOKE(int_4, "nop", ".byte 0xcd, 4")
PROVOKE(undefined, "nop", "ud2")
PROVOKE(privileged, "nop", "hlt")
PROVOKE(non_canonical, "mov $0x8000000000000000, %%rax", "mov (%%rax), %%rax")
PROVOKE(bad_selector, "mov $0x1234, %%eax", "mov %%eax, %%ds")
PROVOKE(page_fault, "mov $0x100000000000, %%rax", "mov (%%rax), %%rax")

static void check(void (*function)(void *), const uint8_t *at, unsigned length, uint32_t vector,
                  uint32_t error_code)
{
    struct try_result result = try(function, NULL);

    expect(result.trapped, "the exception comes");
    expect_eq(result.vector, vector, "its vector");
    expect_eq(result.frame.rip, at + length, "RIP in the frame");
    expect_eq(result.error_code, error_code, "the error code");
    /* RSP of a function's body is a multiple of 8 that is not one of 16, or RBP is pushed too. */
    expect_eq(result.rsp & 15, vector == VECTOR_GP || vector == VECTOR_PF ? 0 : 8,
              "eight words with an error code, seven without");
}

void test_main(void)
{
    check(divide, divide_at, 0, VECTOR_DE, 0);
    check(breakpoint, breakpoint_at, 1, VECTOR_BP, 0);
    check(int_3, int_3_at, 2, VECTOR_BP, 0);
    check(int_4, int_4_at, 2, VECTOR_OF, 0);
    check(undefined, undefined_at, 0, VECTOR_UD, 0);
    check(privileged, privileged_at, 0, VECTOR_GP, 0);
    check(non_canonical, non_canonical_at, 0, VECTOR_GP, 0);
    check(bad_selector, bad_selector_at, 0, VECTOR_GP, 0x1234);
    check(page_fault, page_fault_at, 0, VECTOR_PF, 0);
}
