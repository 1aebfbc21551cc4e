/* SPDX-License-Identifier: MIT */
/* MSRs of the policy (abi-facts 4.2): what is read, what is taken, what is #GP. */
#include "emulate/msr_policy.h"

#include "arch/cpu_features.h"
#include "arch/msr.h"
#include "emulate/cpuid_view.h"
#include "fixture.h"
#include "machine_fixture.h"
#include "support/unit.h"

static void start(void)
{
    fixture_start();
    machine_fixture_start();
    fix.vcpu.trap_table[13].address = GUEST_HANDLER;
}

static uint64_t value_of(uint32_t msr)
{
    uint64_t value;

    ck_assert_msg(msr_read(&fix.vcpu, msr, &value), "MSR %#x", msr);
    return value;
}

static bool can_read(uint32_t msr)
{
    uint64_t value;

    return msr_read(&fix.vcpu, msr, &value);
}

TEST(msr_policy, segment_bases_are_the_processors)
{
    static const uint32_t bases[] = { MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE };

    start();
    for (uint64_t i = 0; i < 3; i++) {
        ck_assert(msr_write(&fix.vcpu, bases[i], 0xffff888000001000 + i));
        ck_assert_uint_eq(value_of(bases[i]), 0xffff888000001000 + i);
    }
    ck_assert_uint_eq(fake_msrs.kernel_gs_base, 0xffff888000001002);
}

TEST(msr_policy, a_base_that_is_not_canonical_is_refused)
{
    start();
    ck_assert(!msr_write(&fix.vcpu, MSR_FS_BASE, 0x0000800000000000));
    ck_assert(!msr_write(&fix.vcpu, MSR_GS_BASE, 0xffff7fffffffffff));
    ck_assert(!msr_write(&fix.vcpu, MSR_KERNEL_GS_BASE, 0x8000000000000000));
    ck_assert_uint_eq(fake_msrs.fs_base | fake_msrs.gs_base | fake_msrs.kernel_gs_base, 0);
}

TEST(msr_policy, efer_takes_back_what_it_gave)
{
    start();
    fake_msrs.efer = 0xffff; /* SVME and more */
    ck_assert_uint_eq(value_of(MSR_EFER), 0xd01);
    ck_assert(msr_write(&fix.vcpu, MSR_EFER, 0xd01));
    ck_assert(!msr_write(&fix.vcpu, MSR_EFER, 0x501));
    ck_assert(!msr_write(&fix.vcpu, MSR_EFER, 0x1d01));
    ck_assert_uint_eq(fake_msrs.efer, 0xffff); /* never written */
}

TEST(msr_policy, entry_points_cannot_be_read_and_are_not_written)
{
    static const uint32_t entries[] = { MSR_STAR,        MSR_LSTAR,       MSR_CSTAR,
                                        MSR_FMASK,       MSR_SYSENTER_CS, MSR_SYSENTER_ESP,
                                        MSR_SYSENTER_EIP };

    start();
    for (unsigned i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        ck_assert(!can_read(entries[i]));
        ck_assert(msr_write(&fix.vcpu, entries[i], 0xffffffff81000000)); /* and ignored */
    }
}

TEST(msr_policy, the_apic_base_says_xapic)
{
    start();
    ck_assert_uint_eq(value_of(MSR_APIC_BASE), 0xfee00900);
    fix.vcpu.id = 1;
    ck_assert_uint_eq(value_of(MSR_APIC_BASE), 0xfee00800);
    ck_assert(!msr_write(&fix.vcpu, MSR_APIC_BASE, 0xfee00c00));
}

TEST(msr_policy, pat_is_the_abis)
{
    start();
    ck_assert_uint_eq(value_of(MSR_PAT), 0x0000050100070406);
    ck_assert(!msr_write(&fix.vcpu, MSR_PAT, 0x0000050100070406));
}

TEST(msr_policy, there_are_no_machine_check_banks)
{
    start();
    ck_assert_uint_eq(value_of(0x179), 0);
    ck_assert_uint_eq(value_of(0x400), 0);
    ck_assert_uint_eq(value_of(0x280), 0);
    ck_assert(msr_write(&fix.vcpu, 0x17b, ~0UL));
    ck_assert(msr_write(&fix.vcpu, 0x47f, ~0UL));
}

TEST(msr_policy, misc_enable_hides_the_pmu_and_takes_no_value)
{
    start();
    fake_msrs.misc_enable = 0x850089;
    ck_assert_uint_eq(value_of(MSR_MISC_ENABLE), (0x850089 & ~0x40088UL) | 0x1800);
    ck_assert(msr_write(&fix.vcpu, MSR_MISC_ENABLE, 0));
    ck_assert_uint_eq(fake_msrs.misc_enable, 0x850089);
}

TEST(msr_policy, tsc_aux_is_the_vcpus)
{
    start();
    ck_assert(msr_write(&fix.vcpu, MSR_TSC_AUX, 0x12));
    ck_assert_uint_eq(value_of(MSR_TSC_AUX), 0x12);
    ck_assert_uint_eq(fake_msrs.tsc_aux, 0x12);
    ck_assert(!msr_write(&fix.vcpu, MSR_TSC_AUX, 0x100000000));
    cpu_features.word[CPUID_E1_EDX] = 0; /* no RDTSCP */
    cpuid_view_init();
    ck_assert(!can_read(MSR_TSC_AUX));
    ck_assert(!msr_write(&fix.vcpu, MSR_TSC_AUX, 1));
}

TEST(msr_policy, amd_registers_only_on_amd)
{
    start();
    ck_assert_uint_eq(value_of(0xc0011029), 2);
    ck_assert_uint_eq(value_of(0xc0010015), 0);
    ck_assert(msr_write(&fix.vcpu, 0xc0011029, 0));
    cpu_features.vendor = CPU_VENDOR_INTEL;
    ck_assert(!can_read(0xc0011029));
    ck_assert(!msr_write(&fix.vcpu, 0xc0010015, 0));
}

TEST(msr_policy, what_is_not_listed_is_refused)
{
    static const uint32_t others[] = {
        0x2ff, 0x200, 0xfe,       0x3b,  0x6e0, 0x186,      0xc1,       0x606, 0x611,      0x48,
        0x49,  0x10a, 0x40000000, 0x800, 0x1d9, 0xc0010114, 0xc0011027, 0x0,   0xffffffff,
    };

    start();
    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        ck_assert_msg(!can_read(others[i]), "MSR %#x", others[i]);
        ck_assert_msg(!msr_write(&fix.vcpu, others[i], 0), "MSR %#x", others[i]);
    }
    ck_assert(!msr_write(&fix.vcpu, MSR_TSC, 0));
}

/* An exception now would be the end of a kernel that only probes. */
TEST(msr_policy, before_there_is_a_handler_unknown_registers_read_zero)
{
    start();
    fix.vcpu.trap_table[13].address = 0;
    ck_assert_uint_eq(value_of(0x606), 0);
    ck_assert_uint_eq(value_of(MSR_LSTAR), 0);
    ck_assert(!msr_write(&fix.vcpu, 0x606, 0));
}
