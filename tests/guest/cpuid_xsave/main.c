/* SPDX-License-Identifier: MIT */
/*
 * Forced CPUID shows OSXSAVE whenever there is XSAVE, because Linux looks before it sets CR4.OSXSAVE. Leaf 0xd says what XCR0
 * may have, and how large the area is for XCR0 as it is now. (abi-facts 4.3)
 */
#include "privileged.h"

#define OSXSAVE     BIT(27)
#define AREA_LEGACY 576u

static void set_xcr0(void *value)
{
    __asm__ volatile("xsetbv" : : "a"((uint32_t)(uint64_t)value), "d"(0), "c"(0));
}

void test_main(void)
{
    struct cpuid_words leaf = cpuid_forced(0xd, 0);
    uint64_t cr4 = 0;

    if (!cpu_has_xsave())
        skip("no XSAVE on this processor");
    expect(cpuid_forced(1, 0).ecx & OSXSAVE, "OSXSAVE before CR4.OSXSAVE");
    expect_eq(leaf.edx, 0, "no component above 31");
    expect_eq(leaf.eax & 3, 3, "x87 and SSE are on offer");
    expect_eq(leaf.ebx, AREA_LEGACY, "the area for XCR0 = 1");

    (void)try_read_cr(4, &cr4);
    require(!try_write_cr(4, cr4 | CR4_OSXSAVE).trapped, "CR4.OSXSAVE");
    require(!try(set_xcr0, (void *)(uint64_t)leaf.eax).trapped, "all components in XCR0");
    expect_eq(cpuid_forced(0xd, 0).ebx, leaf.ecx, "the area for all components");
    require(!try(set_xcr0, (void *)3).trapped, "x87 and SSE in XCR0");
    expect_eq(cpuid_forced(0xd, 0).ebx, AREA_LEGACY, "the area for those");
    for (uint32_t component = 2; component < 32; component++) {
        struct cpuid_words w = cpuid_forced(0xd, component);

        if (!(leaf.eax >> component & 1))
            expect_eq(w.eax | w.ebx | w.ecx | w.edx, 0, "a component that is not on offer");
        else
            expect(w.eax && w.ebx + w.eax <= leaf.ecx, "a component within the area");
    }
}
