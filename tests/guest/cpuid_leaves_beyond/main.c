/* SPDX-License-Identifier: MIT */
/*
 * Leaves behind the highest ones, of hardware that guests have no business with, and between the ranges, are
 * zero, not some other leaf's as on a processor (abi-facts 4.3).
 */
#include "privileged.h"

static void expect_zero(uint32_t leaf)
{
    struct cpuid_words w = cpuid_forced(leaf, 0);

    if (w.eax | w.ebx | w.ecx | w.edx)
        failure("leaf %#x is %x %x %x %x", leaf, w.eax, w.ebx, w.ecx, w.edx);
}

void test_main(void)
{
    static const uint32_t nothing[] = { 5,          6,          0xa,        0x10,       0x12,
                                        0x14,       0x1d,       0x20000000, 0x3fffffff, 0x40000200,
                                        0x7fffffff, 0x8000000a, 0x8000001b, 0x80000022, 0x80001000,
                                        0xc0000000, 0xffffffff };
    uint32_t basic = cpuid_forced(0, 0).eax, extended = cpuid_forced(0x80000000, 0).eax;

    expect(basic >= 1 && basic <= 0xd, "the highest basic leaf");
    expect(extended >= 0x80000008 && extended <= 0x80000021, "the highest extended leaf");
    for (unsigned i = 0; i < ARRAY_COUNT(nothing); i++)
        expect_zero(nothing[i]);
    for (uint32_t leaf = basic + 1; leaf < basic + 32; leaf++)
        expect_zero(leaf);
}
