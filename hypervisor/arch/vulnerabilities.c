/* SPDX-License-Identifier: MIT */
/*
 * Sources: Intel, "Affected processors: transient execution attacks by product CPU model", and
 * the meaning of ARCH_CAPABILITIES in the SDM, volume 4; AMD's security bulletins 7005, 7008,
 * 7029, 7045, 7046 and 7055.
 */
#include "arch/vulnerabilities.h"

#include <stdbool.h>
#include <stddef.h>

#include "arch/msr.h"

/* Leaf 7, EBX: transactional memory. Not in the table of features, since TSX_CTRL hides it. */
#define LEAF7_EBX_RTM (1u << 11)

#define ALL_STALE_DATA_NO (ARCH_CAP_SBDR_SSDP_NO | ARCH_CAP_FBSDP_NO | ARCH_CAP_PSDP_NO)

/* Every processor that executes ahead of what is certain. */
#define COMMON                                                                                     \
    (VULNERABLE(SPECTRE_V1) | VULNERABLE(SPECTRE_V2) | VULNERABLE(SPECTRE_V2_DOMAINS) |            \
     VULNERABLE(RETURNS) | VULNERABLE(SSB))

/* Every Intel one that does and says nothing else of itself. */
#define INTEL_COMMON (COMMON | VULNERABLE(MELTDOWN) | VULNERABLE(L1TF) | VULNERABLE(MDS))

#define NO_SPECULATION INTEL_COMMON
#define SKYLAKE        (VULNERABLE(MMIO) | VULNERABLE(RETBLEED) | VULNERABLE(GDS))

struct intel_model {
    uint8_t model;
    uint8_t first_its_stepping; /* of those that have ITS, if `has` says so */
    uint32_t lacks, has;        /* compared with INTEL_COMMON */
};

/* Family 6. What is not here has INTEL_COMMON. */
static const struct intel_model intel_models[] = {
    /* Bonnell, Saltwell */
    { 0x1c, 0, NO_SPECULATION, 0 },
    { 0x26, 0, NO_SPECULATION, 0 },
    { 0x27, 0, NO_SPECULATION, 0 },
    { 0x35, 0, NO_SPECULATION, 0 },
    { 0x36, 0, NO_SPECULATION, 0 },
    /* Silvermont, Airmont */
    { 0x37, 0, VULNERABLE(SSB) | VULNERABLE(L1TF), 0 },
    { 0x4a, 0, VULNERABLE(SSB) | VULNERABLE(L1TF), 0 },
    { 0x4c, 0, VULNERABLE(SSB) | VULNERABLE(L1TF), 0 },
    { 0x4d, 0, VULNERABLE(SSB) | VULNERABLE(L1TF), 0 },
    { 0x5a, 0, VULNERABLE(L1TF), 0 },
    { 0x75, 0, VULNERABLE(L1TF), 0 },
    /* Knights Landing, Knights Mill */
    { 0x57, 0, VULNERABLE(SSB) | VULNERABLE(L1TF), 0 },
    { 0x85, 0, VULNERABLE(SSB) | VULNERABLE(L1TF), 0 },
    /* Goldmont, Tremont */
    { 0x5c, 0, VULNERABLE(MDS) | VULNERABLE(L1TF), VULNERABLE(RFDS) },
    { 0x5f, 0, VULNERABLE(MDS) | VULNERABLE(L1TF), VULNERABLE(RFDS) },
    { 0x7a, 0, VULNERABLE(MDS) | VULNERABLE(L1TF), VULNERABLE(RFDS) },
    { 0x86, 0, 0, VULNERABLE(MMIO) | VULNERABLE(RFDS) },
    { 0x96, 0, 0, VULNERABLE(MMIO) | VULNERABLE(RFDS) },
    { 0x9c, 0, 0, VULNERABLE(MMIO) | VULNERABLE(RFDS) },
    /* Haswell and Broadwell servers */
    { 0x3f, 0, 0, VULNERABLE(MMIO) },
    { 0x4f, 0, 0, VULNERABLE(MMIO) },
    { 0x56, 0, 0, VULNERABLE(MMIO) },
    /* Skylake to Comet Lake; Cannon Lake */
    { 0x4e, 0, 0, SKYLAKE },
    { 0x5e, 0, 0, SKYLAKE },
    { 0x55, 6, 0, SKYLAKE | VULNERABLE(ITS) },
    { 0x8e, 12, 0, SKYLAKE | VULNERABLE(ITS) },
    { 0x9e, 13, 0, SKYLAKE | VULNERABLE(ITS) },
    { 0xa5, 0, 0, SKYLAKE | VULNERABLE(ITS) },
    { 0xa6, 0, 0, SKYLAKE | VULNERABLE(ITS) },
    { 0x66, 0, 0, VULNERABLE(RETBLEED) },
    /* Ice Lake, Lakefield, Tiger Lake, Rocket Lake */
    { 0x6a, 0, 0, VULNERABLE(MMIO) | VULNERABLE(GDS) | VULNERABLE(ITS) },
    { 0x6c, 0, 0, VULNERABLE(MMIO) | VULNERABLE(GDS) | VULNERABLE(ITS) },
    { 0x7e, 0, 0, SKYLAKE | VULNERABLE(ITS) },
    { 0x8a, 0, 0, VULNERABLE(MMIO) | VULNERABLE(RETBLEED) },
    { 0x8c, 0, 0, VULNERABLE(GDS) | VULNERABLE(ITS) },
    { 0x8d, 0, 0, VULNERABLE(GDS) | VULNERABLE(ITS) },
    { 0xa7, 0, 0, SKYLAKE | VULNERABLE(ITS) },
    /* Alder Lake, Raptor Lake */
    { 0x97, 0, 0, VULNERABLE(RFDS) },
    { 0x9a, 0, 0, VULNERABLE(RFDS) },
    { 0xb7, 0, 0, VULNERABLE(RFDS) },
    { 0xba, 0, 0, VULNERABLE(RFDS) },
    { 0xbe, 0, 0, VULNERABLE(RFDS) },
    { 0xbf, 0, 0, VULNERABLE(RFDS) },
};

static bool features_have(const struct cpu_features *f, enum cpu_feature feature)
{
    return f->word[feature / 32] >> (feature % 32) & 1;
}

static uint32_t find_by_intel_model(const struct cpu_features *f)
{
    if (f->family < 6)
        return 0;
    for (size_t i = 0; f->family == 6 && i < sizeof(intel_models) / sizeof(intel_models[0]); i++) {
        const struct intel_model *row = &intel_models[i];
        uint32_t has = row->has;

        if (row->model != f->model)
            continue;
        if (f->stepping < row->first_its_stepping)
            has &= ~VULNERABLE(ITS);
        return (INTEL_COMMON & ~row->lacks) | has;
    }
    return INTEL_COMMON;
}

/* The processor, or a hypervisor below us, knows better than its model. */
static uint32_t ruled_out_by_intel(uint64_t says)
{
    uint32_t out = 0;

    if (says & ARCH_CAP_RDCL_NO)
        out |= VULNERABLE(MELTDOWN) | VULNERABLE(L1TF);
    if (says & ARCH_CAP_MDS_NO)
        out |= VULNERABLE(MDS);
    if ((says & ALL_STALE_DATA_NO) == ALL_STALE_DATA_NO)
        out |= VULNERABLE(MMIO);
    if (says & ARCH_CAP_SSB_NO)
        out |= VULNERABLE(SSB);
    if (says & ARCH_CAP_GDS_NO)
        out |= VULNERABLE(GDS);
    if (says & ARCH_CAP_RFDS_NO)
        out |= VULNERABLE(RFDS);
    if (says & ARCH_CAP_ITS_NO)
        out |= VULNERABLE(ITS);
    return out;
}

static uint32_t find_intel(const struct cpu_features *f, uint64_t says)
{
    uint32_t found = find_by_intel_model(f);

    if (!found)
        return 0;
    if ((f->word[CPUID_7_EBX] & LEAF7_EBX_RTM) && !(says & ARCH_CAP_TAA_NO))
        found |= VULNERABLE(TAA);
    if (says & ARCH_CAP_RSBA)
        found |= VULNERABLE(RETBLEED);
    if ((says & ARCH_CAP_IBRS_ALL) && !(says & ARCH_CAP_BHI_NO))
        found |= VULNERABLE(BHI);
    if (says & ARCH_CAP_FB_CLEAR)
        found |= VULNERABLE(MMIO);
    if (says & ARCH_CAP_RFDS_CLEAR)
        found |= VULNERABLE(RFDS);
    return found & ~ruled_out_by_intel(says);
}

static bool is_zen1(const struct cpu_features *f)
{
    return f->family == 0x18 ||
           (f->family == 0x17 && (f->model < 0x30 || (f->model >= 0x50 && f->model < 0x60)));
}

static uint32_t find_amd(const struct cpu_features *f)
{
    uint32_t found = COMMON;
    bool is_zen = f->family == 0x17 || f->family == 0x18;

    if (f->family < 0xf)
        return 0; /* nothing with 64 bits */
    if (f->family == 0x15 || f->family == 0x16 || is_zen)
        found |= VULNERABLE(BTC);
    if (is_zen || f->family == 0x19)
        found |= VULNERABLE(SRSO);
    if (is_zen1(f))
        found |= VULNERABLE(DIVIDE);
    else if (is_zen)
        found |= VULNERABLE(ZENBLEED);
    if (f->family == 0x19 &&
        !(features_have(f, CPU_FEATURE_TSA_SQ_NO) && features_have(f, CPU_FEATURE_TSA_L1_NO)))
        found |= VULNERABLE(TSA);

    if (features_have(f, CPU_FEATURE_BTC_NO))
        found &= ~VULNERABLE(BTC);
    if (features_have(f, CPU_FEATURE_SRSO_NO) || features_have(f, CPU_FEATURE_SRSO_USER_KERNEL_NO))
        found &= ~VULNERABLE(SRSO);
    if (features_have(f, CPU_FEATURE_AMD_SSB_NO))
        found &= ~VULNERABLE(SSB);
    return found;
}

uint32_t vulnerabilities_find(const struct cpu_features *f, uint64_t arch_capabilities)
{
    switch (f->vendor) {
    case CPU_VENDOR_INTEL:
        return find_intel(f, arch_capabilities);
    case CPU_VENDOR_AMD:
        return find_amd(f);
    case CPU_VENDOR_OTHER:
        break;
    }
    return INTEL_COMMON & ~ruled_out_by_intel(arch_capabilities);
}
