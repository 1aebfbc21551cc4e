/* SPDX-License-Identifier: MIT */
/*
 * RDTSC and RDTSCP are free to all. If the guest sets CR4.TSD they are #GP(0) in user mode, and emulated for its
 * kernel, which believes itself in ring 0 (abi-facts 4.1).
 */
#include "privileged.h"

USER_CODE_BLOCK(user_rdtsc, "mov $-1, %rax\n"
                            "mov %rax, %rdx\n"
                            "rdtsc\n"
                            "shr $32, %rax\n" USER_RETURN);

static uint64_t rdtsc(void)
{
    uint64_t low = ~0UL, high = ~0UL;

    __asm__ volatile("rdtsc" : "+a"(low), "+d"(high));
    expect_eq((low | high) >> 32, 0, "the upper halves");
    return high << 32 | low;
}

static void do_rdtsc(void *unused)
{
    (void)unused;
    (void)rdtsc();
}

void test_main(void)
{
    uint64_t cr4 = 0, before = rdtsc();
    struct try_result result;

    expect_eq(user_run(CODE(user_rdtsc), 0), 0, "RDTSC in user mode");
    (void)try_read_cr(4, &cr4);
    require(!try_write_cr(4, cr4 | CR4_TSD).trapped, "CR4.TSD");
    expect(!try(do_rdtsc, NULL).trapped, "RDTSC in the kernel");
    expect(rdtsc() > before, "goes on");
    result = try_user(CODE(user_rdtsc), 0);
    expect_eq(result.vector, VECTOR_GP, "RDTSC in user mode with TSD");
    expect_eq(result.error_code, 0, "its error code");
    require(!try_write_cr(4, cr4).trapped, "CR4 without TSD");
    expect_eq(user_run(CODE(user_rdtsc), 0), 0, "RDTSC in user mode again");
}
