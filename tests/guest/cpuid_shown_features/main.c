/* SPDX-License-Identifier: MIT */
/*
 * What guests need is shown: what every 64-bit processor has, the APIC bit (Linux gives up SMP without it), NX and
 * the bit that says "hypervisor". Nothing is shown that the processor does not have. (abi-facts 4.3)
 */
#include "privileged.h"

#define NEEDED_1_EDX                                                                               \
    (BIT(0) | BIT(2) | BIT(4) | BIT(5) | BIT(6) | BIT(8) | BIT(9) | BIT(15) | BIT(16) | BIT(19) |  \
     BIT(23) | BIT(24) | BIT(25) | BIT(26))
#define NEEDED_1_ECX (BIT(31))
#define NEEDED_E_EDX (BIT(11) | BIT(20) | BIT(29))
#define OSXSAVE      BIT(27)

void test_main(void)
{
    struct cpuid_words one = cpuid_forced(1, 0), native = cpuid_native(1, 0);
    struct cpuid_words extended = cpuid_forced(0x80000001, 0);

    expect_eq(one.edx & NEEDED_1_EDX, NEEDED_1_EDX, "leaf 1 EDX: what is needed");
    expect_eq(one.ecx & NEEDED_1_ECX, NEEDED_1_ECX, "leaf 1 ECX: HYPERVISOR");
    expect_eq(extended.edx & NEEDED_E_EDX, NEEDED_E_EDX, "leaf 0x80000001 EDX: SYSCALL, NX, LM");

    expect_eq(one.edx & ~native.edx, 0, "leaf 1 EDX: what the processor has not");
    expect_eq(one.ecx & ~native.ecx & ~(uint32_t)(NEEDED_1_ECX | OSXSAVE), 0,
              "leaf 1 ECX: what the processor has not");
    native = cpuid_native(0x80000001, 0);
    expect_eq(extended.edx & ~native.edx, 0, "leaf 0x80000001 EDX: what the processor has not");
    expect_eq(extended.ecx & ~native.ecx, 0, "leaf 0x80000001 ECX: what the processor has not");
    one = cpuid_forced(7, 0);
    native = cpuid_native(7, 0);
    if (cpuid_native(0, 0).eax >= 7)
        expect_eq((one.ebx & ~native.ebx) | (one.ecx & ~native.ecx) | (one.edx & ~native.edx), 0,
                  "leaf 7: what the processor has not");
    expect_eq(cpuid_forced(1, 0).ebx >> 24, 0, "the APIC id");
    expect_eq(cpuid_forced(0x80000008, 0).eax & 0xff, cpuid_native(0x80000008, 0).eax & 0xff,
              "bits of a physical address");
}
