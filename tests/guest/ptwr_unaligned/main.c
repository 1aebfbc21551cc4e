/* SPDX-License-Identifier: MIT */
/*
 * A write that is not aligned to its size, or that crosses an entry, is not emulated: the guest gets its page fault, and
 * nothing is written (abi-facts 5.8).
 */
#include "ptwr.h"

static void write_8(void *address)
{
    *(volatile uint64_t *)address = 0;
}

static void write_4(void *address)
{
    *(volatile uint32_t *)address = 0;
}

static void write_2(void *address)
{
    *(volatile uint16_t *)address = 0;
}

static void write_16(void *address)
{
    __asm__ volatile("xorps %%xmm0, %%xmm0; movups %%xmm0, (%0)" : : "r"(address) : "memory");
}

static void write_by_stos(void *address)
{
    __asm__ volatile("stosq" : "+D"(address) : "a"(0) : "memory");
}

static NOINLINE void expect_fault(void (*write)(void *), unsigned offset, const char *what)
{
    uint64_t before = *ptwr_entry;
    uint64_t address = (uint64_t)ptwr_entry + offset;
    struct try_result result = try(write, (void *)address);

    expect_eq(result.vector, VECTOR_PF, what);
    expect_eq(result.error_code, PF_PRESENT | PF_WRITE, what);
    expect_eq(result.cr2, address, what);
    expect_eq(*ptwr_entry, before, what);
}

void test_main(void)
{
    ptwr_setup();
    expect_fault(write_8, 1, "8 bytes at 1");
    expect_fault(write_8, 4, "8 bytes at 4");
    expect_fault(write_4, 2, "4 bytes at 2");
    expect_fault(write_4, 6, "4 bytes at 6");
    expect_fault(write_2, 7, "2 bytes at 7");
    expect_fault(write_16, 0, "16 bytes");
    expect_fault(write_by_stos, 0, "STOS");
}
