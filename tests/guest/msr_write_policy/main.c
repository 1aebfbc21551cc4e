/* SPDX-License-Identifier: MIT */
/*
 * WRMSR by the guest's kernel is accepted where Linux must write, mostly without effect, and #GP(0) elsewhere
 * (abi-facts 4.2). The entry points of the processor stay the hypervisor's.
 */
#include "privileged.h"

static void expect_accepted(uint32_t msr, uint64_t value)
{
    if (try_wrmsr(msr, value).trapped)
        failure("MSR %#x refuses %#lx", msr, value);
}

static void expect_refused(uint32_t msr, uint64_t value)
{
    struct try_result result = try_wrmsr(msr, value);

    if (!result.trapped || result.vector != VECTOR_GP || result.error_code)
        failure("MSR %#x takes %#lx", msr, value);
}

void test_main(void)
{
    uint64_t efer = msr_get(MSR_EFER);

    expect_accepted(MSR_EFER, efer);
    expect_refused(MSR_EFER, efer ^ EFER_NXE);
    expect_refused(MSR_EFER, efer | BIT(12));
    expect_refused(MSR_EFER, efer & ~EFER_LME);
    expect_refused(MSR_PAT, PAT_VALUE);
    expect_refused(MSR_APIC_BASE, msr_get(MSR_APIC_BASE));
    expect_refused(MSR_TSC, 0);
    expect_refused(0x40000000, mfn_of(page_new()) << 12);
    expect_refused(0xfe, 0);
    expect_refused(0x2ff, 0);
    expect_refused(0x3a, 1);
    expect_refused(0x3b, 0);
    expect_refused(0x6e0, 1);
    expect_refused(0x830, 0xfd);
    expect_refused(0xce, 0);
    expect_refused(0x1d9, 1);
    expect_refused(0xc0010117, 0x1000);

    expect_accepted(MSR_LSTAR, 0x1000);
    expect_accepted(MSR_STAR, 0);
    expect_accepted(MSR_CSTAR, 0x1000);
    expect_accepted(MSR_FMASK, 0);
    expect_accepted(MSR_SYSENTER_EIP, 0x1000);
    expect_accepted(MSR_SYSENTER_ESP, 0x1000);
    expect_accepted(MSR_SYSENTER_CS, 0x10);
    expect_accepted(0x17a, 0);
    expect_accepted(0x400, ~0UL);
    expect_eq(hypercall(xen_version, XENVER_version), 0x40011, "SYSCALL is as before");
}
