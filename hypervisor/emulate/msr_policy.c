/* SPDX-License-Identifier: MIT */
/*
 * One row for each register or range. Linux survives any #GP here once it has a trap table, and
 * prints a warning for each; rows that only keep its log quiet say so.
 */
#include "emulate/msr_policy.h"

#include <stddef.h>

#include "arch/msr.h"
#include "arch/vectors.h"
#include "arch/x86.h"
#include "domain/segments.h"
#include "domain/vcpu_state.h"
#include "emulate/cpuid_view.h"
#include "mm/address.h"

#define APIC_BASE_ADDRESS 0xfee00000UL

#define MSR_MCA_FIRST      0x179u /* MCG_CAP, STATUS, CTL */
#define MSR_MCA_LAST       0x17bu
#define MSR_MCA_BANK_FIRST 0x400u
#define MSR_MCA_BANK_LAST  0x47fu
#define MSR_MCA_CTL2_FIRST 0x280u
#define MSR_MCA_CTL2_LAST  0x29fu
#define MSR_AMD_HWCR       0xc0010015u
#define MSR_AMD_DE_CFG     0xc0011029u
#define DE_CFG_LFENCE      2u                                      /* LFENCE is serialising */
#define MISC_ENABLE_HIDDEN ((1UL << 7) | (1UL << 18) | (1UL << 3)) /* PMU, MONITOR, thermal */
#define MISC_ENABLE_NO_PMU ((1UL << 11) | (1UL << 12))             /* no BTS, no PEBS */

/* EFER as a guest sees it: SCE, LME, LMA, NXE. */
#define EFER_SHOWN (EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE)

typedef bool msr_reader(struct vcpu *v, uint32_t msr, uint64_t *value);
typedef bool msr_writer(struct vcpu *v, uint32_t msr, uint64_t value);

struct msr_row {
    uint32_t first, last;
    msr_reader *read;  /* NULL: #GP */
    msr_writer *write; /* NULL: #GP */
};

/* ---- readers ---- */

static bool read_zero(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)v, (void)msr;
    *value = 0;
    return true;
}

static bool read_efer(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)v;
    *value = rdmsr(msr) & EFER_SHOWN;
    return true;
}

static bool read_base(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)v;
    *value = segments_read_base_msr(msr);
    return true;
}

static bool read_tsc_aux(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)msr;
    *value = v->tsc_aux;
    return guest_has(CPU_FEATURE_RDTSCP);
}

static bool read_tsc(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)v, (void)msr;
    *value = rdtsc();
    return true;
}

static bool read_apic_base(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)msr;
    *value = APIC_BASE_ADDRESS | APIC_BASE_ENABLE | (v->id == 0 ? APIC_BASE_BSP : 0);
    return true;
}

static bool read_pat(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)v, (void)msr;
    *value = PAT_VALUE;
    return true;
}

static bool read_misc_enable(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)v;
    if (!rdmsr_safe(msr, value))
        return false;
    *value = (*value & ~MISC_ENABLE_HIDDEN) | MISC_ENABLE_NO_PMU;
    return true;
}

static bool read_hardware(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)v;
    return rdmsr_safe(msr, value);
}

static bool read_de_cfg(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)v, (void)msr;
    *value = DE_CFG_LFENCE;
    return cpu_features.vendor == CPU_VENDOR_AMD;
}

static bool read_hwcr(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)v, (void)msr;
    *value = 0;
    return cpu_features.vendor == CPU_VENDOR_AMD;
}

/* ---- writers ---- */

static bool write_ignored(struct vcpu *v, uint32_t msr, uint64_t value)
{
    (void)v, (void)msr, (void)value;
    return true;
}

/* Linux writes back what it has read. */
static bool write_efer(struct vcpu *v, uint32_t msr, uint64_t value)
{
    uint64_t now;

    return read_efer(v, msr, &now) && value == now;
}

static bool write_misc_enable(struct vcpu *v, uint32_t msr, uint64_t value)
{
    (void)value;
    return read_misc_enable(v, msr, &value);
}

static bool write_base(struct vcpu *v, uint32_t msr, uint64_t value)
{
    (void)v;
    if (!address_is_canonical(value))
        return false;
    segments_write_base_msr(msr, value);
    return true;
}

static bool write_tsc_aux(struct vcpu *v, uint32_t msr, uint64_t value)
{
    (void)msr;
    if (!guest_has(CPU_FEATURE_RDTSCP) || value >> 32)
        return false;
    v->tsc_aux = (uint32_t)value;
    vcpu_state_load_tsc_aux(v);
    return true;
}

/* Intel: zero is written before the revision is read. */
static bool write_microcode(struct vcpu *v, uint32_t msr, uint64_t value)
{
    (void)v, (void)msr;
    return cpu_features.vendor == CPU_VENDOR_INTEL && value == 0;
}

static bool write_amd_ignored(struct vcpu *v, uint32_t msr, uint64_t value)
{
    (void)v, (void)msr, (void)value;
    return cpu_features.vendor == CPU_VENDOR_AMD;
}

/* clang-format off */
static const struct msr_row rows[] = {
    { MSR_GS_BASE, MSR_GS_BASE, read_base, write_base },
    { MSR_KERNEL_GS_BASE, MSR_KERNEL_GS_BASE, read_base, write_base },
    { MSR_FS_BASE, MSR_FS_BASE, read_base, write_base },
    { MSR_TSC_AUX, MSR_TSC_AUX, read_tsc_aux, write_tsc_aux },
    { MSR_EFER, MSR_EFER, read_efer, write_efer },
    /* The hypervisor's own entry points; the guest's are callbacks. */
    { MSR_STAR, MSR_FMASK, NULL, write_ignored },
    { MSR_SYSENTER_CS, MSR_SYSENTER_EIP, NULL, write_ignored },
    { MSR_TSC, MSR_TSC, read_tsc, NULL },
    { MSR_APIC_BASE, MSR_APIC_BASE, read_apic_base, NULL },
    { MSR_PAT, MSR_PAT, read_pat, NULL },
    { MSR_MISC_ENABLE, MSR_MISC_ENABLE, read_misc_enable, write_misc_enable },
    { MSR_MICROCODE_REVISION, MSR_MICROCODE_REVISION, read_hardware, write_microcode },
    /* Quiet: no machine-check banks, no platform details. */
    { MSR_MCA_FIRST, MSR_MCA_LAST, read_zero, write_ignored },
    { MSR_MCA_BANK_FIRST, MSR_MCA_BANK_LAST, read_zero, write_ignored },
    { MSR_MCA_CTL2_FIRST, MSR_MCA_CTL2_LAST, read_zero, write_ignored },
    { MSR_PLATFORM_INFO, MSR_PLATFORM_INFO, read_zero, NULL },
    { MSR_MISC_FEATURES_ENABLES, MSR_MISC_FEATURES_ENABLES, read_zero, NULL },
    { MSR_AMD_HWCR, MSR_AMD_HWCR, read_hwcr, write_amd_ignored },
    { MSR_AMD_DE_CFG, MSR_AMD_DE_CFG, read_de_cfg, write_amd_ignored },
};
/* clang-format on */

static const struct msr_row *find_row(uint32_t msr)
{
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        if (msr >= rows[i].first && msr <= rows[i].last)
            return &rows[i];
    }
    return NULL;
}

bool msr_read(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    const struct msr_row *row = find_row(msr);

    *value = 0;
    if (row && row->read && row->read(v, msr, value))
        return true;
    /* Before a kernel has any handler an exception would be its end, for nothing. */
    *value = 0;
    return v->trap_table[VECTOR_GENERAL_PROTECTION].address == 0;
}

bool msr_write(struct vcpu *v, uint32_t msr, uint64_t value)
{
    const struct msr_row *row = find_row(msr);

    return row && row->write && row->write(v, msr, value);
}
