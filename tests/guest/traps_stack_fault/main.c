/* SPDX-License-Identifier: MIT */
/*
 * An access by RSP or RBP at an address that is not canonical is #SS(0), not #GP (SDM 3A 6.15).
 */
#include "guest.h"

static void read_by_rbp(void *address)
{
    __asm__ volatile("mov %0, %%rdx\n"
                     "push %%rbp\n"
                     "mov %%rdx, %%rbp\n"
                     "mov (%%rbp), %%rax\n"
                     "pop %%rbp"
                     :
                     : "r"(address)
                     : "rax", "rdx", "memory");
}

void test_main(void)
{
    struct try_result result = try(read_by_rbp, (void *)0x0000800000000000);

    if (result.vector == VECTOR_GP && machine_is_tcg())
        skip("TCG raises #GP instead");
    expect_eq(result.vector, VECTOR_SS, "the exception");
    expect_eq(result.error_code, 0, "its error code");
}
