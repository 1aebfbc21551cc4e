/* SPDX-License-Identifier: MIT */
/*
 * CPUID once, then control registers to match.
 *
 * UMIP stays off (guests' SGDT and SIDT would trap for nothing), PCID and Global pages are not
 * used, SMEP is on where the CPU has it. CR4.OSXSAVE is on wherever XSAVE exists, so that
 * CPUID says the same at every time.
 */
#include "arch/cpu_features.h"

#include <stddef.h>

#include "arch/msr.h"
#include "arch/x86.h"
#include "lib/string.h"

#define EXTENDED 0x80000000u

struct cpu_features cpu_features;
bool smap_active;
uint64_t cpu_base_cr4;

static const char *const feature_names[] = {
#define FEATURE(name, word, bit) [CPU_FEATURE_##name] = #name,
    CPU_FEATURE_TABLE(FEATURE)
#undef FEATURE
};

/* Without these the hypervisor cannot run; every 64-bit CPU since 2003 has them. */
static const enum cpu_feature indispensable[] = {
    CPU_FEATURE_LONG_MODE, CPU_FEATURE_NX,   CPU_FEATURE_SYSCALL, CPU_FEATURE_TSC,
    CPU_FEATURE_MSR,       CPU_FEATURE_CX8,  CPU_FEATURE_APIC,    CPU_FEATURE_PAT,
    CPU_FEATURE_FXSR,      CPU_FEATURE_SSE2,
};

static void features_read_words(uint32_t word[CPU_FEATURE_WORDS])
{
    uint32_t max_leaf = cpuid(0, 0).eax;
    uint32_t max_extended = cpuid(EXTENDED, 0).eax;
    struct cpuid_result r = cpuid(1, 0);

    memset(word, 0, CPU_FEATURE_WORDS * sizeof(word[0]));
    word[CPUID_1_ECX] = r.ecx;
    word[CPUID_1_EDX] = r.edx;
    if (max_leaf >= 7) {
        r = cpuid(7, 0);
        word[CPUID_7_EBX] = r.ebx;
        word[CPUID_7_ECX] = r.ecx;
        word[CPUID_7_EDX] = r.edx;
        if (r.eax >= 2)
            word[CPUID_7_2_EDX] = cpuid(7, 2).edx;
    }
    if (max_extended >= EXTENDED + 1) {
        r = cpuid(EXTENDED + 1, 0);
        word[CPUID_E1_ECX] = r.ecx;
        word[CPUID_E1_EDX] = r.edx;
    }
    if (max_extended >= EXTENDED + 7)
        word[CPUID_E7_EDX] = cpuid(EXTENDED + 7, 0).edx;
    if (max_extended >= EXTENDED + 8)
        word[CPUID_E8_EBX] = cpuid(EXTENDED + 8, 0).ebx;
    if (max_extended >= EXTENDED + 0x21) {
        r = cpuid(EXTENDED + 0x21, 0);
        word[CPUID_E21_EAX] = r.eax;
        word[CPUID_E21_ECX] = r.ecx;
    }
}

static void features_read_identity(struct cpu_features *f)
{
    struct cpuid_result r = cpuid(0, 0);
    uint32_t name[3] = { r.ebx, r.edx, r.ecx };

    memcpy(f->vendor_name, name, sizeof(name));
    if (!strcmp(f->vendor_name, "GenuineIntel"))
        f->vendor = CPU_VENDOR_INTEL;
    else if (!strcmp(f->vendor_name, "AuthenticAMD") || !strcmp(f->vendor_name, "HygonGenuine"))
        f->vendor = CPU_VENDOR_AMD;
    f->max_leaf = r.eax;

    r = cpuid(EXTENDED, 0);
    f->max_extended_leaf = r.eax >= EXTENDED ? r.eax : 0;

    r = cpuid(1, 0);
    f->stepping = r.eax & 0xf;
    f->family = r.eax >> 8 & 0xf;
    f->model = r.eax >> 4 & 0xf;
    if (f->family == 0xf || (f->family == 6 && f->vendor == CPU_VENDOR_INTEL))
        f->model |= r.eax >> 12 & 0xf0;
    if (f->family == 0xf)
        f->family += r.eax >> 20 & 0xff;
}

static void features_read_brand(struct cpu_features *f)
{
    if (f->max_extended_leaf < EXTENDED + 4)
        return;
    for (uint32_t i = 0; i < 3; i++) {
        struct cpuid_result r = cpuid(EXTENDED + 2 + i, 0);

        memcpy(f->brand + i * sizeof(r), &r, sizeof(r));
    }
    size_t blanks = 0;
    while (f->brand[blanks] == ' ')
        blanks++;
    memmove(f->brand, f->brand + blanks, sizeof(f->brand) - blanks);
}

static void features_read_widths(struct cpu_features *f)
{
    f->physical_address_bits = 36;
    f->virtual_address_bits = 48;
    if (f->max_extended_leaf >= EXTENDED + 8) {
        uint32_t eax = cpuid(EXTENDED + 8, 0).eax;

        f->physical_address_bits = (uint8_t)eax;
        f->virtual_address_bits = (uint8_t)(eax >> 8);
    }
    if (f->physical_address_bits > 52)
        f->physical_address_bits = 52;
}

const char *cpu_features_detect(void)
{
    struct cpu_features *f = &cpu_features;

    features_read_words(f->word);
    features_read_identity(f);
    features_read_brand(f);
    features_read_widths(f);

    for (size_t i = 0; i < sizeof(indispensable) / sizeof(indispensable[0]); i++) {
        if (!cpu_has(indispensable[i]))
            return feature_names[indispensable[i]];
    }
    return NULL;
}

static const char *features_find_missing(void)
{
    uint32_t word[CPU_FEATURE_WORDS];

    features_read_words(word);
    for (uint32_t i = 0; i < sizeof(feature_names) / sizeof(feature_names[0]); i++) {
        if (feature_names[i] && cpu_has((enum cpu_feature)i) && !(word[i / 32] >> (i % 32) & 1))
            return feature_names[i];
    }
    return NULL;
}

const char *cpu_features_start_cpu(void)
{
    const char *missing = features_find_missing();
    uint64_t cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT;

    if (missing)
        return missing;
    if (cpu_has(CPU_FEATURE_MCE))
        cr4 |= CR4_MCE;
    if (cpu_has(CPU_FEATURE_SMEP))
        cr4 |= CR4_SMEP;
    if (cpu_has(CPU_FEATURE_XSAVE))
        cr4 |= CR4_OSXSAVE;
    if (smap_active)
        cr4 |= CR4_SMAP;
    cpu_base_cr4 = cr4;
    write_cr4(cr4);
    write_cr0(CR0_PG | CR0_AM | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE);
    wrmsr(MSR_EFER, EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE);
    wrmsr(MSR_PAT, PAT_VALUE);
    return NULL;
}
