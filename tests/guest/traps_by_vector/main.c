/* SPDX-License-Identifier: MIT */
/*
 * The guest's exceptions come to its handlers with the vector, the error code where there is one, and
 * RIP where the processor would have it (SDM 3A, section 6.15).
 */
#include "guest.h"

static void divide(void *unused)
{
    (void)unused;
    __asm__ volatile("xor %%edx, %%edx; mov $1, %%eax; xor %%ecx, %%ecx; div %%ecx"
                     :
                     :
                     : "rax", "rdx", "rcx", "cc");
}

static void undefined(void *unused)
{
    (void)unused;
    __asm__ volatile("ud2");
}

static void breakpoint(void *unused)
{
    (void)unused;
    __asm__ volatile("int3");
}

static void non_canonical(void *unused)
{
    (void)unused;
    (void)*(volatile uint64_t *)0x8000000000000000UL;
}

static void absent_segment(void *unused)
{
    (void)unused;
    __asm__ volatile("mov %w0, %%fs" : : "r"(0x1003));
}

static void expect_trap(void (*function)(void *), uint32_t vector, uint32_t code, const char *what)
{
    struct try_result result = try(function, NULL);

    if (!result.trapped)
        failure("%s: no exception", what);
    else if (result.vector != vector || result.error_code != code)
        failure("%s: vector %u code %#x, not %u code %#x", what, result.vector, result.error_code,
                vector, code);
}

void test_main(void)
{
    struct try_result result;

    expect_trap(divide, VECTOR_DE, 0, "division by zero");
    expect_trap(undefined, VECTOR_UD, 0, "undefined opcode");
    expect_trap(breakpoint, VECTOR_BP, 0, "breakpoint");
    expect_trap(non_canonical, VECTOR_GP, 0, "non-canonical address");
    expect_trap(absent_segment, VECTOR_GP, 0x1000, "a selector beyond the table");

    result = try(undefined, NULL);
    expect(*(const uint16_t *)result.rip == 0x0b0f, "a fault has RIP at the instruction");
    result = try(breakpoint, NULL);
    expect(((const uint8_t *)result.rip)[-1] == 0xcc, "a trap has it behind");
}
