/* SPDX-License-Identifier: MIT */
/*
 * What the machine's CPUs can do: found once on the boot CPU; every other CPU must have at
 * least the same.
 */
#ifndef PARAPET_ARCH_CPU_FEATURES_H
#define PARAPET_ARCH_CPU_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

enum cpu_vendor {
    CPU_VENDOR_OTHER,
    CPU_VENDOR_INTEL,
    CPU_VENDOR_AMD, /* and Hygon */
};

/* The CPUID registers that hold feature bits. */
enum cpu_feature_word {
    CPUID_1_ECX,
    CPUID_1_EDX,
    CPUID_7_EBX,
    CPUID_7_ECX,
    CPUID_7_EDX,
    CPUID_E1_ECX, /* 0x80000001 */
    CPUID_E1_EDX,
    CPUID_E7_EDX,  /* 0x80000007 */
    CPUID_E8_EBX,  /* 0x80000008 */
    CPUID_7_2_EDX, /* leaf 7, subleaf 2 */
    CPUID_E21_EAX, /* 0x80000021 */
    CPUID_E21_ECX,
    CPU_FEATURE_WORDS,
};

/* FEATURE(name, word, bit): those that the hypervisor itself looks at. */
#define CPU_FEATURE_TABLE(FEATURE)                                                                 \
    FEATURE(SSE3, CPUID_1_ECX, 0)                                                                  \
    FEATURE(PCID, CPUID_1_ECX, 17)                                                                 \
    FEATURE(X2APIC, CPUID_1_ECX, 21)                                                               \
    FEATURE(TSC_DEADLINE, CPUID_1_ECX, 24)                                                         \
    FEATURE(XSAVE, CPUID_1_ECX, 26)                                                                \
    FEATURE(HYPERVISOR, CPUID_1_ECX, 31)                                                           \
    FEATURE(TSC, CPUID_1_EDX, 4)                                                                   \
    FEATURE(MSR, CPUID_1_EDX, 5)                                                                   \
    FEATURE(MCE, CPUID_1_EDX, 7)                                                                   \
    FEATURE(CX8, CPUID_1_EDX, 8)                                                                   \
    FEATURE(APIC, CPUID_1_EDX, 9)                                                                  \
    FEATURE(PGE, CPUID_1_EDX, 13)                                                                  \
    FEATURE(MCA, CPUID_1_EDX, 14)                                                                  \
    FEATURE(PAT, CPUID_1_EDX, 16)                                                                  \
    FEATURE(CLFLUSH, CPUID_1_EDX, 19)                                                              \
    FEATURE(FXSR, CPUID_1_EDX, 24)                                                                 \
    FEATURE(SSE2, CPUID_1_EDX, 26)                                                                 \
    FEATURE(FSGSBASE, CPUID_7_EBX, 0)                                                              \
    FEATURE(SMEP, CPUID_7_EBX, 7)                                                                  \
    FEATURE(SMAP, CPUID_7_EBX, 20)                                                                 \
    FEATURE(UMIP, CPUID_7_ECX, 2)                                                                  \
    FEATURE(MD_CLEAR, CPUID_7_EDX, 10)                                                             \
    FEATURE(IBRS_IBPB, CPUID_7_EDX, 26)                                                            \
    FEATURE(ARCH_CAPABILITIES, CPUID_7_EDX, 29)                                                    \
    FEATURE(SSBD, CPUID_7_EDX, 31)                                                                 \
    FEATURE(SYSCALL, CPUID_E1_EDX, 11)                                                             \
    FEATURE(NX, CPUID_E1_EDX, 20)                                                                  \
    FEATURE(PAGE_1G, CPUID_E1_EDX, 26)                                                             \
    FEATURE(RDTSCP, CPUID_E1_EDX, 27)                                                              \
    FEATURE(LONG_MODE, CPUID_E1_EDX, 29)                                                           \
    FEATURE(INVARIANT_TSC, CPUID_E7_EDX, 8)                                                        \
    FEATURE(FP_ERROR_POINTERS, CPUID_E8_EBX, 2)                                                    \
    FEATURE(AMD_IBPB, CPUID_E8_EBX, 12)                                                            \
    FEATURE(AMD_IBRS, CPUID_E8_EBX, 14)                                                            \
    FEATURE(AMD_SSBD, CPUID_E8_EBX, 24)                                                            \
    FEATURE(AMD_SSB_NO, CPUID_E8_EBX, 26)                                                          \
    FEATURE(BTC_NO, CPUID_E8_EBX, 29)                                                              \
    FEATURE(IBPB_RET, CPUID_E8_EBX, 30)                                                            \
    FEATURE(BHI_CTRL, CPUID_7_2_EDX, 4)                                                            \
    FEATURE(VERW_CLEAR, CPUID_E21_EAX, 5)                                                          \
    FEATURE(AUTO_IBRS, CPUID_E21_EAX, 8)                                                           \
    FEATURE(IBPB_BRTYPE, CPUID_E21_EAX, 28)                                                        \
    FEATURE(SRSO_NO, CPUID_E21_EAX, 29)                                                            \
    FEATURE(SRSO_USER_KERNEL_NO, CPUID_E21_EAX, 30)                                                \
    FEATURE(TSA_SQ_NO, CPUID_E21_ECX, 1)                                                           \
    FEATURE(TSA_L1_NO, CPUID_E21_ECX, 2)

enum cpu_feature {
#define FEATURE(name, word, bit) CPU_FEATURE_##name = (word)*32 + (bit),
    CPU_FEATURE_TABLE(FEATURE)
#undef FEATURE
};

struct cpu_features {
    enum cpu_vendor vendor;
    char vendor_name[13];
    char brand[49];
    uint32_t family, model, stepping;
    uint32_t max_leaf;          /* basic */
    uint32_t max_extended_leaf; /* 0 if there is none, else 0x8000xxxx */
    uint32_t word[CPU_FEATURE_WORDS];
    uint8_t physical_address_bits;
    uint8_t virtual_address_bits;
};

extern struct cpu_features cpu_features;

static inline bool cpu_has(enum cpu_feature feature)
{
    return cpu_features.word[feature / 32] >> (feature % 32) & 1;
}

/* Once, on the boot CPU. NULL, or the name of the indispensable feature that is missing. */
const char *cpu_features_detect(void);

/* Whether CPUs run with SMAP is decided once, before cpu_features_start_cpu(): option smap=1
 * and a CPU that has it. Off by default, since QEMU's TCG cannot run guests with it. */
extern bool smap_active;

/* Control registers, EFER and PAT of this CPU. NULL, or, on a further CPU, the name of a
 * feature that the boot CPU has and this one lacks. */
const char *cpu_features_start_cpu(void);

/* CR4 as every CPU runs with it but for the bits that belong to a guest (TSD, DE, FSGSBASE). */
extern uint64_t cpu_base_cr4;

#endif
