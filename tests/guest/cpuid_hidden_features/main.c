/* SPDX-License-Identifier: MIT */
/*
 * Features that ring 3 cannot use, or that would lead a guest to what the hypervisor refuses, are not shown, however
 * new the processor is (abi-facts 4.3).
 */
#include "privileged.h"

enum word { EAX, EBX, ECX, EDX };

static const struct {
    uint32_t leaf, subleaf;
    enum word word;
    uint8_t bit;
    const char *name;
} hidden[] = {
    { 1, 0, EDX, 3, "PSE" },
    { 1, 0, EDX, 17, "PSE36" },
    { 0x80000001, 0, EDX, 26, "PAGE1GB" },
    { 1, 0, EDX, 13, "PGE" },
    { 1, 0, EDX, 1, "VME" },
    { 1, 0, EDX, 12, "MTRR" },
    { 1, 0, EDX, 21, "DS" },
    { 1, 0, ECX, 2, "DTES64" },
    { 1, 0, ECX, 3, "MONITOR" },
    { 1, 0, ECX, 4, "DS-CPL" },
    { 1, 0, ECX, 5, "VMX" },
    { 1, 0, ECX, 6, "SMX" },
    { 1, 0, ECX, 8, "TM2" },
    { 1, 0, ECX, 15, "PDCM" },
    { 1, 0, ECX, 17, "PCID" },
    { 1, 0, ECX, 18, "DCA" },
    { 1, 0, ECX, 21, "X2APIC" },
    { 1, 0, ECX, 24, "TSC_DEADLINE" },
    { 7, 0, EBX, 0, "FSGSBASE" },
    { 7, 0, EBX, 1, "TSC_ADJUST" },
    { 7, 0, EBX, 2, "SGX" },
    { 7, 0, EBX, 4, "HLE" },
    { 7, 0, EBX, 7, "SMEP" },
    { 7, 0, EBX, 10, "INVPCID" },
    { 7, 0, EBX, 11, "RTM" },
    { 7, 0, EBX, 14, "MPX" },
    { 7, 0, EBX, 20, "SMAP" },
    { 7, 0, EBX, 25, "PT" },
    { 7, 0, ECX, 2, "UMIP" },
    { 7, 0, ECX, 3, "PKU" },
    { 7, 0, ECX, 4, "OSPKE" },
    { 7, 0, ECX, 5, "WAITPKG" },
    { 7, 0, ECX, 7, "CET_SS" },
    { 7, 0, ECX, 16, "LA57" },
    { 7, 0, EDX, 20, "CET_IBT" },
    { 7, 0, EDX, 22, "AMX_BF16" },
    { 7, 0, EDX, 24, "AMX_TILE" },
    { 0xd, 1, EAX, 3, "XSAVES" },
    { 0xd, 1, EAX, 4, "XFD" },
    { 0x80000001, 0, ECX, 2, "SVM" },
    { 0x80000001, 0, ECX, 4, "CR8_LEGACY" },
    { 0x80000001, 0, ECX, 10, "IBS" },
    { 0x80000001, 0, ECX, 12, "SKINIT" },
    { 0x80000001, 0, ECX, 13, "WDT" },
    { 0x80000001, 0, ECX, 15, "LWP" },
    { 0x80000001, 0, ECX, 19, "NODEID" },
    { 0x80000001, 0, ECX, 23, "PERFCTR_CORE" },
    { 0x80000001, 0, ECX, 24, "PERFCTR_NB" },
    { 0x80000001, 0, ECX, 26, "DBEXT" },
};

static uint32_t word_of(struct cpuid_words w, enum word word)
{
    switch (word) {
    case EAX:
        return w.eax;
    case EBX:
        return w.ebx;
    case ECX:
        return w.ecx;
    case EDX:
        return w.edx;
    }
    return 0;
}

void test_main(void)
{
    unsigned native = 0;

    for (unsigned i = 0; i < ARRAY_COUNT(hidden); i++) {
        uint32_t bit = 1u << hidden[i].bit;

        if (word_of(cpuid_forced(hidden[i].leaf, hidden[i].subleaf), hidden[i].word) & bit)
            failure("%s is shown", hidden[i].name);
        native +=
            (word_of(cpuid_native(hidden[i].leaf, hidden[i].subleaf), hidden[i].word) & bit) != 0;
    }
    print("%u of them the processor has", native);
    expect(native > 0, "there is something to hide");
}
