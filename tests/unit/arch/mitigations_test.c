/* SPDX-License-Identifier: MIT */
/* Made-up CPUs: what is found wrong with each, what is done about it, and what is said. */
#include "arch/mitigations.h"

#include <string.h>

#include "arch/msr.h"
#include "arch/vulnerabilities.h"
#include "arch/x86.h"
#include "support/unit.h"

#define INTEL_EVERYTHING_NO                                                                        \
    (ARCH_CAP_RDCL_NO | ARCH_CAP_IBRS_ALL | ARCH_CAP_SSB_NO | ARCH_CAP_MDS_NO | ARCH_CAP_TAA_NO |  \
     ARCH_CAP_SBDR_SSDP_NO | ARCH_CAP_FBSDP_NO | ARCH_CAP_PSDP_NO | ARCH_CAP_BHI_NO |              \
     ARCH_CAP_GDS_NO | ARCH_CAP_RFDS_NO | ARCH_CAP_ITS_NO)

#define COMMON                                                                                     \
    (VULNERABLE(SPECTRE_V1) | VULNERABLE(SPECTRE_V2) | VULNERABLE(SPECTRE_V2_DOMAINS) |            \
     VULNERABLE(RETURNS))
#define STALE (VULNERABLE(MELTDOWN) | VULNERABLE(L1TF) | VULNERABLE(MDS))

static const struct mitigation_options automatic;

static struct cpu_features cpu_of(enum cpu_vendor vendor, uint32_t family, uint32_t model,
                                  uint32_t stepping)
{
    return (struct cpu_features){
        .vendor = vendor, .family = family, .model = model, .stepping = stepping
    };
}

static void add(struct cpu_features *f, enum cpu_feature feature)
{
    f->word[feature / 32] |= 1u << feature % 32;
}

static struct cpu_features intel(uint32_t model, uint32_t stepping)
{
    struct cpu_features f = cpu_of(CPU_VENDOR_INTEL, 6, model, stepping);

    add(&f, CPU_FEATURE_SMEP);
    add(&f, CPU_FEATURE_IBRS_IBPB);
    add(&f, CPU_FEATURE_MD_CLEAR);
    add(&f, CPU_FEATURE_SSBD);
    add(&f, CPU_FEATURE_ARCH_CAPABILITIES);
    return f;
}

static struct cpu_features amd(uint32_t family, uint32_t model)
{
    struct cpu_features f = cpu_of(CPU_VENDOR_AMD, family, model, 0);

    add(&f, CPU_FEATURE_SMEP);
    add(&f, CPU_FEATURE_AMD_IBPB);
    add(&f, CPU_FEATURE_AMD_SSBD);
    return f;
}

static void check(const struct cpu_features *f, uint64_t says, uint32_t found, uint32_t measures)
{
    struct mitigations m = mitigations_choose(f, says, &automatic);

    ck_assert_uint_eq(m.found, found);
    ck_assert_uint_eq(m.measures, measures);
}

static bool is_mitigated(const struct cpu_features *f, uint64_t says,
                         const struct mitigation_options *options, uint32_t vulnerability)
{
    struct mitigations m = mitigations_choose(f, says, options);

    return mitigations_report(&m, vulnerability).is_mitigated;
}

/* ---- Intel ---- */

TEST(mitigations, haswell_gets_retpolines_and_verw)
{
    struct cpu_features f = intel(0x3c, 3);

    check(&f, 0, COMMON | STALE | VULNERABLE(SSB),
          MEASURE_RETPOLINE | MEASURE_IBPB_SWITCH | MEASURE_RSB_SWITCH | MEASURE_VERW);
    ck_assert(!is_mitigated(&f, 0, &automatic, VULNERABILITY_MELTDOWN));
    ck_assert(!is_mitigated(&f, 0, &automatic, VULNERABILITY_L1TF));
    ck_assert(is_mitigated(&f, 0, &automatic, VULNERABILITY_MDS));
}

TEST(mitigations, without_microcode_nothing_is_claimed)
{
    struct cpu_features f = cpu_of(CPU_VENDOR_INTEL, 6, 0x3c, 3);
    struct mitigations m = mitigations_choose(&f, 0, &automatic);

    ck_assert_uint_eq(m.measures, MEASURE_RETPOLINE | MEASURE_RSB_ENTRY | MEASURE_RSB_SWITCH);
    ck_assert(!mitigations_report(&m, VULNERABILITY_MDS).is_mitigated);
    ck_assert_ptr_nonnull(strstr(mitigations_report(&m, VULNERABILITY_MDS).text, "microcode"));
    ck_assert(!mitigations_report(&m, VULNERABILITY_SPECTRE_V2_DOMAINS).is_mitigated);
    ck_assert(mitigations_report(&m, VULNERABILITY_SPECTRE_V2).is_mitigated);
}

TEST(mitigations, skylake_returns_need_ibrs_on_entry)
{
    struct cpu_features f = intel(0x5e, 3);

    check(&f, 0,
          COMMON | STALE | VULNERABLE(SSB) | VULNERABLE(MMIO) | VULNERABLE(RETBLEED) |
              VULNERABLE(GDS),
          MEASURE_IBRS_ENTRY | MEASURE_IBPB_SWITCH | MEASURE_RSB_SWITCH | MEASURE_VERW);
    ck_assert(is_mitigated(&f, 0, &automatic, VULNERABILITY_RETBLEED));
    ck_assert(!is_mitigated(&f, 0, &automatic, VULNERABILITY_GDS));
    ck_assert(is_mitigated(&f, ARCH_CAP_GDS_CTRL, &automatic, VULNERABILITY_GDS));
}

TEST(mitigations, cascade_lake_switches_tsx_off)
{
    struct cpu_features f = intel(0x55, 7);
    uint64_t says = ARCH_CAP_RDCL_NO | ARCH_CAP_IBRS_ALL | ARCH_CAP_MDS_NO | ARCH_CAP_TSX_CTRL |
                    ARCH_CAP_FB_CLEAR;

    f.word[CPUID_7_EBX] |= 1u << 11;
    check(&f, says,
          COMMON | VULNERABLE(SSB) | VULNERABLE(TAA) | VULNERABLE(MMIO) | VULNERABLE(RETBLEED) |
              VULNERABLE(GDS) | VULNERABLE(ITS) | VULNERABLE(BHI),
          MEASURE_IBRS_ALWAYS | MEASURE_IBPB_SWITCH | MEASURE_RSB_SWITCH | MEASURE_VERW |
              MEASURE_TSX_OFF);
    ck_assert(!is_mitigated(&f, says, &automatic, VULNERABILITY_BHI));
    ck_assert(!is_mitigated(&f, says, &automatic, VULNERABILITY_ITS));
    ck_assert(is_mitigated(&f, says, &automatic, VULNERABILITY_TAA));
}

TEST(mitigations, tsx_that_cannot_be_switched_off_needs_verw)
{
    struct cpu_features f = intel(0xff, 0);

    f.word[CPUID_7_EBX] |= 1u << 11;
    ck_assert(mitigations_choose(&f, INTEL_EVERYTHING_NO & ~ARCH_CAP_TAA_NO, &automatic).measures &
              MEASURE_VERW);
    ck_assert(!(mitigations_choose(&f, (INTEL_EVERYTHING_NO & ~ARCH_CAP_TAA_NO) | ARCH_CAP_TSX_CTRL,
                                   &automatic)
                    .measures &
                MEASURE_VERW));
}

TEST(mitigations, only_later_steppings_select_indirect_targets)
{
    struct cpu_features old = intel(0x55, 4), new = intel(0x55, 7);

    ck_assert(!(vulnerabilities_find(&old, 0) & VULNERABLE(ITS)));
    ck_assert(vulnerabilities_find(&new, 0) & VULNERABLE(ITS));
    ck_assert(!(vulnerabilities_find(&new, ARCH_CAP_ITS_NO) & VULNERABLE(ITS)));
}

TEST(mitigations, a_new_intel_cpu_sets_registers_once)
{
    struct cpu_features f = intel(0xcf, 2);
    uint64_t says = INTEL_EVERYTHING_NO & ~ARCH_CAP_BHI_NO;

    add(&f, CPU_FEATURE_BHI_CTRL);
    check(&f, says, COMMON | VULNERABLE(BHI),
          MEASURE_IBRS_ALWAYS | MEASURE_BHI_DIS | MEASURE_IBPB_SWITCH | MEASURE_RSB_SWITCH);
    ck_assert_uint_eq(mitigations_choose(&f, says, &automatic).spec_ctrl,
                      SPEC_CTRL_IBRS | SPEC_CTRL_BHI_DIS_S);
    ck_assert(
        !(mitigations_choose(&f, says, &automatic).measures & (MEASURES_ENTRY | MEASURES_EXIT)));
}

TEST(mitigations, an_atom_without_speculation_needs_nothing)
{
    struct cpu_features f = cpu_of(CPU_VENDOR_INTEL, 6, 0x1c, 2);

    check(&f, 0, 0, 0);
}

TEST(mitigations, goldmont_has_no_mds_but_register_files)
{
    struct cpu_features f = cpu_of(CPU_VENDOR_INTEL, 6, 0x5c, 9);
    uint32_t found = vulnerabilities_find(&f, 0);

    ck_assert(!(found & (VULNERABLE(MDS) | VULNERABLE(L1TF))));
    ck_assert(found & VULNERABLE(RFDS));
    ck_assert(found & VULNERABLE(MELTDOWN));
    ck_assert(!is_mitigated(&f, 0, &automatic, VULNERABILITY_RFDS));
    ck_assert(is_mitigated(&f, ARCH_CAP_RFDS_CLEAR, &automatic, VULNERABILITY_RFDS));
}

/* ---- AMD and others ---- */

TEST(mitigations, zen1_gets_barriers_on_entry_and_a_division)
{
    struct cpu_features f = amd(0x17, 0x01);

    check(&f, 0, COMMON | VULNERABLE(SSB) | VULNERABLE(BTC) | VULNERABLE(SRSO) | VULNERABLE(DIVIDE),
          MEASURE_RETPOLINE | MEASURE_IBPB_ENTRY | MEASURE_RSB_ENTRY | MEASURE_IBPB_SWITCH |
              MEASURE_RSB_SWITCH | MEASURE_DIV_SCRUB);
}

TEST(mitigations, zen2_gets_the_chicken_bit_unless_it_is_virtual)
{
    struct cpu_features f = amd(0x17, 0x71);

    ck_assert(is_mitigated(&f, 0, &automatic, VULNERABILITY_ZENBLEED));
    ck_assert(vulnerabilities_find(&f, 0) & VULNERABLE(ZENBLEED));
    ck_assert(!(vulnerabilities_find(&f, 0) & VULNERABLE(DIVIDE)));
    add(&f, CPU_FEATURE_HYPERVISOR);
    ck_assert(!is_mitigated(&f, 0, &automatic, VULNERABILITY_ZENBLEED));
}

TEST(mitigations, zen4_needs_microcode_against_srso)
{
    struct cpu_features f = amd(0x19, 0x11);

    add(&f, CPU_FEATURE_AUTO_IBRS);
    add(&f, CPU_FEATURE_IBPB_RET);
    add(&f, CPU_FEATURE_BTC_NO);
    check(&f, 0, COMMON | VULNERABLE(SSB) | VULNERABLE(SRSO) | VULNERABLE(TSA),
          MEASURE_AUTO_IBRS | MEASURE_IBPB_SWITCH | MEASURE_RSB_SWITCH);
    ck_assert(!is_mitigated(&f, 0, &automatic, VULNERABILITY_SRSO));
    ck_assert(!is_mitigated(&f, 0, &automatic, VULNERABILITY_TSA));

    add(&f, CPU_FEATURE_IBPB_BRTYPE);
    add(&f, CPU_FEATURE_VERW_CLEAR);
    check(&f, 0, COMMON | VULNERABLE(SSB) | VULNERABLE(SRSO) | VULNERABLE(TSA),
          MEASURE_AUTO_IBRS | MEASURE_IBPB_SWITCH | MEASURE_RSB_SWITCH | MEASURE_IBPB_ENTRY |
              MEASURE_VERW);
    ck_assert(is_mitigated(&f, 0, &automatic, VULNERABILITY_SRSO));
    ck_assert(is_mitigated(&f, 0, &automatic, VULNERABILITY_TSA));
}

TEST(mitigations, amd_never_had_meltdown)
{
    for (uint32_t family = 0xf; family <= 0x1a; family++) {
        struct cpu_features f = amd(family, 0);

        ck_assert(!(vulnerabilities_find(&f, 0) & STALE));
        ck_assert(vulnerabilities_find(&f, 0) & VULNERABLE(SPECTRE_V2));
    }
}

TEST(mitigations, an_unknown_vendor_is_not_trusted)
{
    struct cpu_features f = cpu_of(CPU_VENDOR_OTHER, 7, 0x3b, 0);

    ck_assert(vulnerabilities_find(&f, 0) & VULNERABLE(MELTDOWN));
    ck_assert(!(vulnerabilities_find(&f, ARCH_CAP_RDCL_NO) & VULNERABLE(MELTDOWN)));
}

/* ---- options ---- */

static struct mitigations chosen_with(const struct cpu_features *f, const char *spec_ctrl)
{
    mitigation_options = (struct mitigation_options){ 0 };
    ck_assert_int_eq(mitigations_option_spec_ctrl(spec_ctrl), 0);
    return mitigations_choose(f, 0, &mitigation_options);
}

TEST(mitigations, off_is_off_and_said)
{
    struct cpu_features f = intel(0x5e, 3);
    struct mitigations m;

    ck_assert_int_eq(mitigations_option("off"), 0);
    m = mitigations_choose(&f, 0, &mitigation_options);
    ck_assert_uint_eq(m.measures, 0);
    ck_assert(m.found & VULNERABLE(MDS));
    ck_assert(!mitigations_report(&m, VULNERABILITY_MDS).is_mitigated);
    ck_assert_ptr_nonnull(strstr(mitigations_report(&m, VULNERABILITY_MDS).text, "options"));
    ck_assert_int_eq(mitigations_option("auto"), 0);
    ck_assert_uint_ne(mitigations_choose(&f, 0, &mitigation_options).measures, 0);
    ck_assert_int_ne(mitigations_option("maybe"), 0);
}

TEST(mitigations, single_measures_are_forced_on_and_off)
{
    struct cpu_features f = intel(0x5e, 3);

    ck_assert(!(chosen_with(&f, "no-verw").measures & MEASURE_VERW));
    ck_assert(!(chosen_with(&f, "verw=off").measures & MEASURE_VERW));
    ck_assert_uint_eq(chosen_with(&f, "no,verw,ibpb").measures, MEASURE_VERW | MEASURE_IBPB_SWITCH);
    ck_assert_uint_eq(chosen_with(&f, "no,rsb=yes").measures,
                      MEASURE_RSB_ENTRY | MEASURE_RSB_SWITCH);
    ck_assert_uint_eq(chosen_with(&f, "no,ssbd").spec_ctrl, SPEC_CTRL_SSBD);
    ck_assert_uint_eq(chosen_with(&f, "no,bti-thunk=retpoline").measures, MEASURE_RETPOLINE);
    ck_assert_uint_eq(chosen_with(&f, "no,ibpb-entry").measures, MEASURE_IBPB_ENTRY);
}

/* Without IBRS the next best is taken; a way that is forbidden is not. */
TEST(mitigations, what_is_forbidden_is_replaced)
{
    struct cpu_features f = intel(0x5e, 3);

    ck_assert(chosen_with(&f, "no-ibrs").measures & MEASURE_RETPOLINE);
    ck_assert(!(chosen_with(&f, "no-ibrs,bti-thunk=jmp").measures &
                (MEASURE_RETPOLINE | MEASURE_IBRS_ENTRY)));
}

/* A register that is not there would fault. */
TEST(mitigations, what_the_cpu_lacks_cannot_be_forced)
{
    struct cpu_features f = cpu_of(CPU_VENDOR_AMD, 0xf, 0x6b, 1);

    ck_assert_uint_eq(chosen_with(&f, "no,ibrs,ibpb,ibpb-entry,ssbd,bhi-dis-s").measures, 0);
}

TEST(mitigations, verw_without_microcode_is_forced_but_not_believed)
{
    struct cpu_features f = cpu_of(CPU_VENDOR_INTEL, 6, 0x3c, 3);
    struct mitigations m = chosen_with(&f, "verw");

    ck_assert(m.measures & MEASURE_VERW);
    ck_assert(!mitigations_report(&m, VULNERABILITY_MDS).is_mitigated);
}

TEST(mitigations, nonsense_is_refused)
{
    static const char *const wrong[] = { "",
                                         "verwx",
                                         "no-",
                                         "no-verw=yes",
                                         "verw=",
                                         "bti-thunk",
                                         "bti-thunk=lfence",
                                         "verw,,ibpb",
                                         "verw=maybe",
                                         "a-name-that-is-longer-than-any-of-ours" };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_int_ne(mitigations_option_spec_ctrl(wrong[i]), 0);
}

/* ---- registers ---- */

#define WRITES_MAX 16u

static struct {
    uint32_t msr;
    uint64_t value;
} writes[WRITES_MAX];
static unsigned write_count, fills;
static uint64_t arch_capabilities;

void return_stack_fill(void)
{
    fills++;
}

static bool read_msr(uint32_t msr, uint64_t *value)
{
    *value = msr == MSR_ARCH_CAPABILITIES ? arch_capabilities : msr == MSR_EFER ? EFER_NXE : 0x10;
    return true;
}

static bool write_msr(uint32_t msr, uint64_t value)
{
    ck_assert_uint_lt(write_count, WRITES_MAX);
    writes[write_count].msr = msr;
    writes[write_count++].value = value;
    return true;
}

static void init_with(struct cpu_features f)
{
    fake_msr_read = read_msr;
    fake_msr_write = write_msr;
    cpu_features = f;
    mitigations_init();
}

static void check_write(unsigned number, uint32_t msr, uint64_t value)
{
    ck_assert_uint_lt(number, write_count);
    ck_assert_uint_eq(writes[number].msr, msr);
    ck_assert_uint_eq(writes[number].value, value);
}

TEST(mitigations, each_cpu_gets_its_registers)
{
    struct cpu_features f = intel(0x55, 7);

    f.word[CPUID_7_EBX] |= 1u << 11;
    arch_capabilities = ARCH_CAP_IBRS_ALL | ARCH_CAP_TSX_CTRL | ARCH_CAP_GDS_CTRL;
    init_with(f);
    ck_assert_ptr_null(mitigations_start_cpu());
    ck_assert_uint_eq(write_count, 3);
    check_write(0, MSR_SPEC_CTRL, SPEC_CTRL_IBRS);
    check_write(1, MSR_TSX_CTRL, 0x10 | TSX_CTRL_RTM_DISABLE | TSX_CTRL_CPUID_CLEAR);
    check_write(2, MSR_MCU_OPT_CTRL, 0);

    arch_capabilities = ARCH_CAP_IBRS_ALL;
    ck_assert_ptr_nonnull(mitigations_start_cpu());
}

TEST(mitigations, automatic_ibrs_is_a_bit_of_efer)
{
    struct cpu_features f = amd(0x19, 0x11);

    add(&f, CPU_FEATURE_AUTO_IBRS);
    init_with(f);
    ck_assert_ptr_null(mitigations_start_cpu());
    ck_assert_uint_eq(write_count, 1);
    check_write(0, MSR_EFER, EFER_NXE | EFER_AIBRSE);
}

TEST(mitigations, a_change_of_domain_costs_a_barrier)
{
    init_with(intel(0x5e, 3));
    mitigations_switch_domain();
    ck_assert_uint_eq(write_count, 1);
    check_write(0, MSR_PRED_CMD, PRED_CMD_IBPB);
    ck_assert_uint_eq(fills, 1);
}

static struct cpuid_result emulator_cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_result r = { 0 };

    (void)subleaf;
    if (leaf == 0x40000000) {
        memcpy(&r.ebx, "TCGT", 4);
        memcpy(&r.ecx, "CGTC", 4);
        memcpy(&r.edx, "GTCG", 4);
    }
    return r;
}

TEST(mitigations, an_emulated_cpu_needs_nothing)
{
    struct cpu_features f = intel(0x5e, 3);

    fake_cpuid = emulator_cpuid;
    init_with(f); /* says of itself that nobody is below */
    ck_assert_uint_ne(mitigations.found, 0);
    add(&f, CPU_FEATURE_HYPERVISOR);
    init_with(f);
    ck_assert_uint_eq(mitigations.found, 0);
    ck_assert_uint_eq(mitigations.measures, 0);
    ck_assert_ptr_null(mitigations_start_cpu());
    ck_assert_uint_eq(write_count, 0);
}

TEST(mitigations, every_vulnerability_has_something_said_of_it)
{
    const struct mitigations nothing = { 0 };

    for (uint32_t v = 0; v < VULNERABILITY_COUNT; v++) {
        ck_assert_ptr_nonnull(mitigations_report(&nothing, v).title);
        ck_assert_ptr_nonnull(mitigations_report(&nothing, v).text);
    }
}
