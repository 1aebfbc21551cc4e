/* SPDX-License-Identifier: MIT */
/*
 * MOV to and from debug registers in the guest's kernel is set_debugreg and get_debugreg, refusals being #GP
 * (abi-facts 4.1).
 */
#include "privileged.h"

static void write_dr0(void *value)
{
    __asm__ volatile("mov %0, %%db0" : : "r"(value));
}

static void write_dr7(void *value)
{
    __asm__ volatile("mov %0, %%db7" : : "r"(value));
}

void test_main(void)
{
    uint64_t value;

    expect(!try(write_dr0, (void *)0x12345678).trapped, "DR0");
    expect_eq(hypercall(get_debugreg, 0), 0x12345678, "by get_debugreg");
    __asm__ volatile("mov %%db0, %0" : "=r"(value));
    expect_eq(value, 0x12345678, "by MOV");
    require_eq(hypercall(set_debugreg, 3, 0x1000), 0, "by set_debugreg");
    __asm__ volatile("mov %%db3, %0" : "=r"(value));
    expect_eq(value, 0x1000, "DR3 by MOV");
    __asm__ volatile("mov %%db6, %0" : "=r"(value));
    expect_eq(value, 0xffff0ff0, "DR6 at first");
    __asm__ volatile("mov %%db7, %0" : "=r"(value));
    expect_eq(value, 0x400, "DR7 at first");

    expect_eq(try(write_dr0, (void *)0xffff840000000000).vector, VECTOR_GP, "hypervisor memory");
    expect_eq(try(write_dr0, (void *)0x0000800000000000).vector, VECTOR_GP, "not canonical");
    expect_eq(try(write_dr7, (void *)BIT(13)).vector, VECTOR_GP, "general detect");
    expect_eq(try(write_dr7, (void *)BIT(32)).vector, VECTOR_GP, "a high bit");
    expect_eq(hypercall(get_debugreg, 0), 0x12345678, "a refused value changes nothing");
}
