/* SPDX-License-Identifier: MIT */
/*
 * RDMSR by the guest's kernel reads what the policy says, and is #GP(0) for everything else (abi-facts 4.2).
 */
#include "privileged.h"

static void expect_value(uint32_t msr, uint64_t wanted)
{
    uint64_t value = 0x5555;

    if (try_rdmsr(msr, &value).trapped)
        failure("MSR %#x cannot be read", msr);
    else if (value != wanted)
        failure("MSR %#x is %#lx, not %#lx", msr, value, wanted);
}

static void expect_none(uint32_t msr)
{
    struct try_result result = try_rdmsr(msr, NULL);

    if (!result.trapped || result.vector != VECTOR_GP || result.error_code)
        failure("MSR %#x can be read", msr);
}

void test_main(void)
{
    static const uint32_t none[] = {
        MSR_STAR,   MSR_LSTAR,  MSR_CSTAR,  MSR_FMASK,  0x174, 0x175,      0x176,     0x3a,
        0x3b,       0x2ff,      0x200,      0xfe,       0x6e0, 0xc1,       0x186,     0x38f,
        0x480,      0x606,      0x611,      0x639,      0x800, 0x808,      0x830,     0x1d9,
        0x40000000, 0xc0010114, 0xc0010117, 0xc0010010, 0xda0, 0x20000000, 0xffffffff
    };
    uint64_t before = 0, after = 0, efer = 0;

    expect_value(MSR_APIC_BASE, 0xfee00000 | APIC_BASE_ENABLE | APIC_BASE_BSP);
    expect_value(MSR_PAT, PAT_VALUE);
    expect_value(0x179, 0);
    expect_value(0x17a, 0);
    expect_value(0x400, 0);
    expect_value(0x47f, 0);
    expect_value(0x280, 0);
    expect_value(0xce, 0);
    expect_value(0x140, 0);
    expect(!try_rdmsr(MSR_EFER, &efer).trapped, "EFER");
    expect_eq(efer, EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE, "EFER");
    expect(!try_rdmsr(MSR_TSC, &before).trapped, "the TSC");
    expect(!try_rdmsr(MSR_TSC, &after).trapped, "the TSC again");
    expect(after > before, "the TSC goes on");
    for (unsigned i = 0; i < ARRAY_COUNT(none); i++)
        expect_none(none[i]);
}
