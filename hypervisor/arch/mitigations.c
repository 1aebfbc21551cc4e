/* SPDX-License-Identifier: MIT */
/*
 * The choice, and the registers that follow from it. A measure is taken if it is wanted for
 * something that the CPU has, and does something on this CPU; an option may force or forbid it.
 */
#include "arch/mitigations.h"

#include "arch/msr.h"
#include "arch/vulnerabilities.h"
#include "arch/x86.h"
#include "lib/compiler.h"
#include "lib/string.h"

#define HYPERVISOR_LEAF 0x40000000u

/* Those that are instructions which every CPU has; VERW without the microcode clears nothing. */
#define ALWAYS_EFFECTIVE                                                                           \
    (MEASURE_RETPOLINE | MEASURE_RSB_ENTRY | MEASURE_RSB_SWITCH | MEASURE_DIV_SCRUB)
#define ALWAYS_POSSIBLE MEASURE_VERW

#define CLEARED_BY_VERW                                                                            \
    (VULNERABLE(MDS) | VULNERABLE(TAA) | VULNERABLE(MMIO) | VULNERABLE(RFDS) | VULNERABLE(TSA))

struct mitigations mitigations SECTION(".written_once");

static bool has(const struct cpu_features *f, enum cpu_feature feature)
{
    return f->word[feature / 32] >> (feature % 32) & 1;
}

static uint32_t effective_predictor(const struct cpu_features *f, uint64_t says)
{
    bool has_ibrs = has(f, CPU_FEATURE_IBRS_IBPB) || has(f, CPU_FEATURE_AMD_IBRS);
    bool has_ibpb = has(f, CPU_FEATURE_IBRS_IBPB) || has(f, CPU_FEATURE_AMD_IBPB);
    /* Zen 3 and 4: older microcode does not flush the types of branches, which SRSO is about. */
    bool flushes_types =
        f->vendor != CPU_VENDOR_AMD || f->family != 0x19 || has(f, CPU_FEATURE_IBPB_BRTYPE);
    uint32_t measures = 0;

    if (has_ibrs)
        measures |= says & ARCH_CAP_IBRS_ALL ? MEASURE_IBRS_ALWAYS : MEASURE_IBRS_ENTRY;
    if (has(f, CPU_FEATURE_AUTO_IBRS))
        measures |= MEASURE_AUTO_IBRS;
    if (has_ibpb)
        measures |= MEASURE_IBPB_SWITCH;
    if (has_ibpb && flushes_types)
        measures |= MEASURE_IBPB_ENTRY;
    if (has(f, CPU_FEATURE_BHI_CTRL))
        measures |= MEASURE_BHI_DIS;
    return measures;
}

static uint32_t effective_others(const struct cpu_features *f, uint64_t says)
{
    uint32_t measures = 0;

    if (has(f, CPU_FEATURE_MD_CLEAR) || (says & (ARCH_CAP_FB_CLEAR | ARCH_CAP_RFDS_CLEAR)) ||
        (f->vendor == CPU_VENDOR_AMD && has(f, CPU_FEATURE_VERW_CLEAR)))
        measures |= MEASURE_VERW;
    if (says & ARCH_CAP_TSX_CTRL)
        measures |= MEASURE_TSX_OFF;
    if (says & ARCH_CAP_GDS_CTRL)
        measures |= MEASURE_GDS_ON;
    if (has(f, CPU_FEATURE_SSBD) || has(f, CPU_FEATURE_AMD_SSBD))
        measures |= MEASURE_SSBD;
    /* Not ours to change on somebody's virtual machine. */
    if (f->vendor == CPU_VENDOR_AMD && f->family == 0x17 && !has(f, CPU_FEATURE_HYPERVISOR))
        measures |= MEASURE_ZENBLEED;
    return measures;
}

/* A guest's predictions must not become the hypervisor's. */
static uint32_t wanted_against_entry(const struct cpu_features *f, uint32_t found, uint32_t usable)
{
    bool underflow = f->vendor == CPU_VENDOR_INTEL && (found & VULNERABLE(RETBLEED));
    uint32_t wanted = MEASURE_RETPOLINE;

    if (usable & (MEASURE_IBRS_ALWAYS | MEASURE_AUTO_IBRS))
        wanted = MEASURE_IBRS_ALWAYS | MEASURE_AUTO_IBRS;
    else if (underflow && (usable & MEASURE_IBRS_ENTRY))
        wanted = MEASURE_IBRS_ENTRY;
    /* Guests' return addresses are in user pages, which SMEP keeps from being executed. */
    if (!has(f, CPU_FEATURE_SMEP))
        wanted |= MEASURE_RSB_ENTRY;
    return wanted;
}

static uint32_t wanted(const struct cpu_features *f, uint32_t found, uint32_t usable)
{
    uint32_t measures = 0;

    if (found & VULNERABLE(SPECTRE_V2))
        measures |= wanted_against_entry(f, found, usable);
    if (found & VULNERABLE(SPECTRE_V2_DOMAINS))
        measures |= MEASURE_IBPB_SWITCH;
    if (found & VULNERABLE(RETURNS))
        measures |= MEASURE_RSB_SWITCH;
    if (found & VULNERABLE(BHI))
        measures |= MEASURE_BHI_DIS;
    if (found & (VULNERABLE(BTC) | VULNERABLE(SRSO))) {
        measures |= MEASURE_IBPB_ENTRY;
        if (!has(f, CPU_FEATURE_IBPB_RET))
            measures |= MEASURE_RSB_ENTRY;
    }
    if ((found & CLEARED_BY_VERW & ~VULNERABLE(TAA)) ||
        ((found & VULNERABLE(TAA)) && !(usable & MEASURE_TSX_OFF)))
        measures |= MEASURE_VERW;
    if (found & VULNERABLE(TAA))
        measures |= MEASURE_TSX_OFF;
    if (found & VULNERABLE(GDS))
        measures |= MEASURE_GDS_ON;
    if (found & VULNERABLE(DIVIDE))
        measures |= MEASURE_DIV_SCRUB;
    if (found & VULNERABLE(ZENBLEED))
        measures |= MEASURE_ZENBLEED;
    return measures & usable;
}

static uint32_t spec_ctrl_of(uint32_t measures)
{
    uint64_t value = 0;

    if (measures & MEASURE_IBRS_ALWAYS)
        value |= SPEC_CTRL_IBRS;
    if (measures & MEASURE_BHI_DIS)
        value |= SPEC_CTRL_BHI_DIS_S;
    if (measures & MEASURE_SSBD)
        value |= SPEC_CTRL_SSBD;
    return (uint32_t)value;
}

struct mitigations mitigations_choose(const struct cpu_features *f, uint64_t arch_capabilities,
                                      const struct mitigation_options *options)
{
    struct mitigations m = { .arch_capabilities = arch_capabilities };

    m.found = vulnerabilities_find(f, arch_capabilities);
    m.effective = ALWAYS_EFFECTIVE | effective_predictor(f, arch_capabilities) |
                  effective_others(f, arch_capabilities);
    if (!options->off)
        m.measures = wanted(f, m.found, m.effective & ~options->forced_off);
    m.measures |= options->forced_on & (m.effective | ALWAYS_POSSIBLE);
    m.spec_ctrl = spec_ctrl_of(m.measures);
    return m;
}

bool mitigations_cpu_is_emulated(void)
{
    struct cpuid_result r;

    if (!cpu_has(CPU_FEATURE_HYPERVISOR))
        return false;
    r = cpuid(HYPERVISOR_LEAF, 0);
    return !memcmp(&r.ebx, "TCGT", 4) && !memcmp(&r.ecx, "CGTC", 4) && !memcmp(&r.edx, "GTCG", 4);
}

static uint64_t read_arch_capabilities(void)
{
    uint64_t value;

    return cpu_has(CPU_FEATURE_ARCH_CAPABILITIES) && rdmsr_safe(MSR_ARCH_CAPABILITIES, &value)
               ? value
               : 0;
}

void mitigations_init(void)
{
    struct mitigation_options options = mitigation_options;

    options.off |= mitigations_cpu_is_emulated();
    mitigations = mitigations_choose(&cpu_features, read_arch_capabilities(), &options);
    if (mitigations_cpu_is_emulated())
        mitigations.found = 0;
}

static void msr_change(uint32_t msr, uint64_t clear, uint64_t set)
{
    wrmsr(msr, (rdmsr(msr) & ~clear) | set);
}

const char *mitigations_start_cpu(void)
{
    uint32_t measures = mitigations.measures;

    if (mitigations.arch_capabilities & ~read_arch_capabilities())
        return "the boot CPU's ARCH_CAPABILITIES";
    if (mitigations.spec_ctrl)
        wrmsr(MSR_SPEC_CTRL, mitigations.spec_ctrl);
    if (measures & MEASURE_AUTO_IBRS)
        msr_change(MSR_EFER, 0, EFER_AIBRSE);
    if (measures & MEASURE_TSX_OFF)
        msr_change(MSR_TSX_CTRL, 0, TSX_CTRL_RTM_DISABLE | TSX_CTRL_CPUID_CLEAR);
    if (measures & MEASURE_GDS_ON)
        msr_change(MSR_MCU_OPT_CTRL, MCU_OPT_CTRL_GDS_MITG_DIS, 0);
    if (measures & MEASURE_ZENBLEED)
        msr_change(MSR_AMD_DE_CFG, 0, DE_CFG_ZENBLEED);
    return NULL;
}

void mitigations_switch_domain(void)
{
    if (mitigations.measures & MEASURE_IBPB_SWITCH)
        wrmsr(MSR_PRED_CMD, PRED_CMD_IBPB);
    if (mitigations.measures & MEASURE_RSB_SWITCH)
        return_stack_fill();
}
