/* SPDX-License-Identifier: MIT */
/*
 * The MSRs of FS and GS base are the guest's: GS_BASE the one in force, KERNEL_GS_BASE that of the other mode.
 * Addresses that are not canonical are #GP(0), not an exception of the hypervisor (abi-facts 4.2; XSA-193).
 */
#include "privileged.h"

static uint64_t word[2] = { 0x1111222233334444, 0x5555666677778888 };

USER_CODE_BLOCK(user_gs, "mov %gs:8, %rax\n" USER_RETURN);

void test_main(void)
{
    static const uint32_t msrs[] = { MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE };
    static const uint64_t bad[] = { 0x0000800000000000, 0xffff7fffffffffff, 0x8000000000000000,
                                    0x7fffffffffffffff };
    uint64_t value;

    expect(!try_wrmsr(MSR_FS_BASE, (uint64_t)&word[0]).trapped, "FS base");
    __asm__ volatile("mov %%fs:0, %0" : "=r"(value));
    expect_eq(value, word[0], "it is in force");
    expect_eq(msr_get(MSR_FS_BASE), &word[0], "and reads back");
    expect(!try_wrmsr(MSR_GS_BASE, (uint64_t)&word[1]).trapped, "GS base");
    __asm__ volatile("mov %%gs:0, %0" : "=r"(value));
    expect_eq(value, word[1], "it is in force");
    expect_eq(msr_get(MSR_GS_BASE), &word[1], "and reads back");

    expect(!try_wrmsr(MSR_KERNEL_GS_BASE, USER_DATA).trapped, "GS base of user mode");
    expect_eq(msr_get(MSR_KERNEL_GS_BASE), USER_DATA, "reads back");
    (void)user_run(CODE(user_gs), 0);
    ((uint64_t *)(void *)user_data)[1] = 77;
    expect_eq(user_run(CODE(user_gs), 0), 77, "and is in force there");
    expect_eq(msr_get(MSR_GS_BASE), &word[1], "the kernel's is as before");

    for (unsigned i = 0; i < ARRAY_COUNT(msrs); i++) {
        uint64_t before = msr_get(msrs[i]);

        for (unsigned j = 0; j < ARRAY_COUNT(bad); j++) {
            struct try_result result = try_wrmsr(msrs[i], bad[j]);

            expect_eq(result.vector, VECTOR_GP, "a base that is not canonical");
            expect_eq(result.error_code, 0, "its error code");
        }
        expect_eq(msr_get(msrs[i]), before, "a refused base changes nothing");
        expect(!try_wrmsr(msrs[i], 0x00007fffffffffff).trapped, "the last of the lower half");
        expect(!try_wrmsr(msrs[i], 0xffff800000000000).trapped, "the first of the upper half");
    }
}
