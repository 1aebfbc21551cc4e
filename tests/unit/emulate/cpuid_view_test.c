/* SPDX-License-Identifier: MIT */
/* What guests learn from CPUID, on a processor that has every feature there is (abi-facts 4.3). */
#include "emulate/cpuid_view.h"

#include "arch/fpu.h"
#include "arch/x86.h"
#include "fixture.h"
#include "machine_fixture.h"
#include "mm/frame.h"
#include "support/unit.h"

#define B(n) (1u << (n))

static void start(void)
{
    fixture_start();
    machine_fixture_start();
    fix.vcpu.xcr0 = XCR0_X87;
}

static struct cpuid_result ask(uint32_t leaf, uint32_t subleaf)
{
    return cpuid_view(&fix.vcpu, leaf, subleaf, true);
}

TEST(cpuid_view, hides_what_guests_must_not_use)
{
    struct cpuid_result r;

    start();
    r = ask(1, 0);
    /* MONITOR, DS-CPL, VMX, SMX, EIST, TM2, PDCM, PCID, DCA, X2APIC, TSC_DEADLINE */
    ck_assert_uint_eq(r.ecx & (B(2) | B(3) | B(4) | B(5) | B(6) | B(7) | B(8) | B(15) | B(17) |
                               B(18) | B(21) | B(24)),
                      0);
    /* VME, PSE, MTRR, PGE, PSE36, DS, TM */
    ck_assert_uint_eq(r.edx & (B(1) | B(3) | B(12) | B(13) | B(17) | B(21) | B(29)), 0);
    r = ask(7, 0);
    /* FSGSBASE, TSC_ADJUST, SGX, HLE, SMEP, INVPCID, RTM, MPX, SMAP, PT */
    ck_assert_uint_eq(r.ebx & (B(0) | B(1) | B(2) | B(4) | B(7) | B(10) | B(11) | B(14) | B(20) |
                               B(25)),
                      0);
    /* UMIP, PKU, OSPKE, WAITPKG, CET_SS, LA57 */
    ck_assert_uint_eq(r.ecx & (B(2) | B(3) | B(4) | B(5) | B(7) | B(16)), 0);
    /* CET_IBT, AMX, IBRS, STIBP, L1D_FLUSH, ARCH_CAPS, SSBD: no MSRs for them */
    ck_assert_uint_eq(r.edx &
                          (B(20) | B(22) | B(24) | B(25) | B(26) | B(27) | B(28) | B(29) | B(31)),
                      0);
    r = ask(0x80000001, 0);
    /* SVM, EXTAPIC, CR8, IBS, SKINIT, WDT, LWP, NODEID, TOPOEXT, PERFCTR, DBEXT, MWAITX */
    ck_assert_uint_eq(r.ecx & (B(2) | B(3) | B(4) | B(10) | B(12) | B(13) | B(15) | B(19) | B(22) |
                               B(23) | B(24) | B(26) | B(29)),
                      0);
    ck_assert_uint_eq(r.edx & (B(3) | B(12) | B(13) | B(17) | B(26)), 0);
    ck_assert_uint_eq(ask(0xd, 1).eax & B(3), 0); /* XSAVES */
    ck_assert_uint_eq(ask(0x80000007, 0).edx, 0);
}

TEST(cpuid_view, shows_what_guests_need)
{
    struct cpuid_result r;

    start();
    r = ask(1, 0);
    /* FPU DE TSC MSR PAE MCE CX8 APIC MCA CMOV PAT CLFLUSH ACPI MMX FXSR SSE SSE2 SS */
    ck_assert_uint_eq(~r.edx &
                          (B(0) | B(2) | B(4) | B(5) | B(6) | B(7) | B(8) | B(9) | B(14) | B(15) |
                           B(16) | B(19) | B(22) | B(23) | B(24) | B(25) | B(26) | B(27)),
                      0);
    ck_assert(r.ecx & B(31)); /* HYPERVISOR */
    ck_assert(r.ecx & B(26)); /* XSAVE */
    r = ask(0x80000001, 0);
    ck_assert_uint_eq(~r.edx & (B(11) | B(20) | B(27) | B(29)), 0); /* SYSCALL NX RDTSCP LM */
    ck_assert(r.ecx & B(0));                                        /* LAHF */
    ck_assert(ask(7, 0).ebx & B(9));                                /* ERMS */
}

TEST(cpuid_view, shows_no_more_than_the_processor_has)
{
    start();
    machine_leaf(1, 0)->result.ecx = 0;
    cpu_features.word[CPUID_1_ECX] = 0;
    cpu_features.word[CPUID_7_EBX] = 0;
    cpuid_view_init();
    ck_assert_uint_eq(ask(1, 0).ecx, B(31));
    ck_assert_uint_eq(ask(7, 0).ebx, 0);
}

TEST(cpuid_view, says_sysenter_only_where_it_works)
{
    start();
    ck_assert(!(ask(1, 0).edx & B(11)));
    cpu_features.vendor = CPU_VENDOR_INTEL;
    cpuid_view_init();
    ck_assert(ask(1, 0).edx & B(11));
}

/* Linux looks at OSXSAVE before it sets CR4.OSXSAVE. */
TEST(cpuid_view, osxsave_is_there_when_forced_and_else_the_guests)
{
    start();
    ck_assert(cpuid_view(&fix.vcpu, 1, 0, true).ecx & B(27));
    ck_assert(!(cpuid_view(&fix.vcpu, 1, 0, false).ecx & B(27)));
    fix.vcpu.cr4 = CR4_OSXSAVE;
    ck_assert(cpuid_view(&fix.vcpu, 1, 0, false).ecx & B(27));
}

TEST(cpuid_view, hides_the_apic_id_and_thermal_and_performance_leaves)
{
    start();
    ck_assert_uint_eq(ask(1, 0).ebx >> 24, 0);
    for (uint32_t leaf = 5; leaf < 0xd; leaf++) {
        struct cpuid_result r = ask(leaf, 0);

        if (leaf != 7)
            ck_assert_uint_eq(r.eax | r.ebx | r.ecx | r.edx, 0);
    }
}

TEST(cpuid_view, ends_at_its_own_highest_leaves)
{
    struct cpuid_result r;

    start();
    ck_assert_uint_eq(ask(0, 0).eax, 0xd);
    r = ask(0x14, 0); /* the machine has one */
    ck_assert_uint_eq(r.eax | r.ebx | r.ecx | r.edx, 0);
    ck_assert_uint_eq(ask(0x80000000, 0).eax, 0x80000008);
    r = ask(0x80000010, 0);
    ck_assert_uint_eq(r.eax | r.ebx | r.ecx | r.edx, 0);
    ck_assert_uint_eq(ask(0x80000008, 0).eax, 0x3028); /* address widths are real */
}

static bool read_zero(uint32_t msr, uint64_t *value)
{
    (void)msr;
    *value = 0;
    return true;
}

/* With the leaf, Linux does not reload GS for a bug that is not there. */
TEST(cpuid_view, tells_that_null_selectors_clear_the_base_if_they_do)
{
    start(); /* the fake processor keeps the base */
    ck_assert_uint_eq(ask(0x80000021, 0).eax, 0);
    fake_msr_read = read_zero; /* and this one clears it */
    cpuid_view_init();
    ck_assert_uint_eq(ask(0x80000000, 0).eax, 0x80000021);
    ck_assert_uint_eq(ask(0x80000021, 0).eax, B(6));
}

TEST(cpuid_view, xsave_sizes_follow_the_guests_xcr0)
{
    struct cpuid_result r;

    start();
    r = ask(0xd, 0);
    ck_assert_uint_eq(r.eax, XCR0_X87 | XCR0_SSE | XCR0_AVX | XCR0_AVX512);
    ck_assert_uint_eq(r.ebx, 576);
    ck_assert_uint_eq(r.ecx, 1664 + 1024);
    ck_assert_uint_eq(r.edx, 0);
    fix.vcpu.xcr0 = XCR0_X87 | XCR0_SSE | XCR0_AVX;
    ck_assert_uint_eq(ask(0xd, 0).ebx, 576 + 256);
    ck_assert_uint_eq(ask(0xd, 1).ebx, 576 + 256);
    /* Compacted there is no gap before AVX-512. */
    fix.vcpu.xcr0 = XCR0_X87 | XCR0_SSE | XCR0_AVX | XCR0_AVX512;
    ck_assert_uint_eq(ask(0xd, 1).ebx, 576 + 256 + 64 + 512 + 1024);
    ck_assert_uint_eq(ask(0xd, 2).eax, 256);
    ck_assert_uint_eq(ask(0xd, 2).ebx, 576);
    ck_assert_uint_eq(ask(0xd, 9).eax, 0); /* protection keys */
}

TEST(cpuid_view, without_avx_state_nothing_that_needs_it)
{
    struct cpuid_result r;

    fixture_start();
    machine_fixture_prepare();
    machine_leaf(0xd, 0)->result.eax = XCR0_X87 | XCR0_SSE;
    machine_fixture_detect();
    ck_assert_uint_eq(ask(1, 0).ecx & (B(12) | B(28) | B(29)), 0);
    r = ask(7, 0);
    ck_assert_uint_eq(r.ebx & (B(5) | B(16) | B(17) | B(21) | B(28) | B(30) | B(31)), 0);
    ck_assert(r.ebx & B(3)); /* BMI1 is not of that kind */
    ck_assert_uint_eq(r.ecx & (B(1) | B(6) | B(9) | B(10) | B(11) | B(12) | B(14)), 0);
    ck_assert_uint_eq(ask(7, 1).eax & (B(4) | B(5)), 0);
}

TEST(cpuid_view, the_hypervisor_leaves)
{
    struct cpuid_result r;

    start();
    r = ask(0x40000000, 0);
    ck_assert_uint_eq(r.eax, 0x40000005);
    ck_assert_uint_eq(r.ebx, 0x566e6558);
    ck_assert_uint_eq(r.ecx, 0x65584d4d);
    ck_assert_uint_eq(r.edx, 0x4d4d566e);
    ck_assert_uint_eq(ask(0x40000001, 0).eax, 0x00040011);
    r = ask(0x40000002, 0);
    ck_assert_uint_eq(r.eax, 1);
    ck_assert_uint_eq(r.ebx, 0x40000000);
    ck_assert_uint_eq(r.ecx, 1);
    r = ask(0x40000003, 0);
    ck_assert_uint_eq(r.eax, B(1) | B(2));
    ck_assert_uint_eq(r.ecx, 2500000);
    r = ask(0x40000003, 1);
    ck_assert_uint_eq(r.ebx, 5);
    ck_assert_uint_eq(r.ecx, 0x66666666);
    ck_assert_uint_eq(r.edx, 0xffffffff); /* shift -1 */
    ck_assert_uint_eq(ask(0x40000003, 2).eax, 2500000);
    ck_assert_uint_eq(ask(0x40000005, 0).ebx, 32);
    frame_count = 0x100000001; /* beyond 16 TiB */
    ck_assert_uint_eq(ask(0x40000005, 0).ebx, 44);
    r = ask(0x40000100, 0);
    ck_assert_uint_eq(r.eax | r.ebx | r.ecx | r.edx, 0);
}
