/* SPDX-License-Identifier: MIT */
/*
 * The leaves from 0x40000000 on say which hypervisor this is; Linux wants the signature and a highest leaf of at
 * least two more (abi-facts 4.4).
 */
#include "privileged.h"

void test_main(void)
{
    struct cpuid_words w = cpuid_forced(0x40000000, 0);
    struct cpuid_words one = cpuid_forced(0x40000001, 0);
    const volatile struct vcpu_time_info *time = &this_vcpu_info()->time;

    expect_eq(w.eax, 0x40000005, "the highest leaf");
    expect_eq(w.ebx, XEN_CPUID_SIGNATURE_EBX, "XenV");
    expect_eq(w.ecx, XEN_CPUID_SIGNATURE_ECX, "MMXe");
    expect_eq(w.edx, XEN_CPUID_SIGNATURE_EDX, "nVMM");
    expect_eq(one.eax, hypercall(xen_version, XENVER_version), "the version");
    expect_eq(one.ebx | one.ecx | one.edx, 0, "beside the version");

    w = cpuid_forced(0x40000002, 0);
    expect_eq(w.eax, 1, "hypercall pages");
    expect_eq(w.ebx, 0x40000000, "the MSR for them");
    expect_eq(w.ecx, XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD, "features");
    expect_eq(w.edx, 0, "beside them");

    w = cpuid_forced(0x40000003, 1);
    expect_eq(w.ecx, time->tsc_to_system_mul, "the multiplier of the clock");
    expect_eq((int32_t)w.edx, time->tsc_shift, "and its shift");
    w = cpuid_forced(0x40000003, 0);
    expect_eq(w.eax & 1, 0, "the TSC is not emulated");
    expect_eq(w.ecx, cpuid_forced(0x40000003, 2).eax, "its frequency is the host's");
    expect(w.ecx > 1000, "in kHz");

    w = cpuid_forced(0x40000004, 0);
    expect_eq(w.eax | w.ebx | w.ecx | w.edx, 0, "the leaf of HVM guests");
    w = cpuid_forced(0x40000005, 0);
    expect(w.ebx >= 32 && w.ebx <= 44, "bits of a machine address: grant tables stay version 1");
    for (uint32_t leaf = 0x40000006; leaf < 0x40000110; leaf++) {
        w = cpuid_forced(leaf, 0);
        expect_eq(w.eax | w.ebx | w.ecx | w.edx, 0, "leaves behind the highest");
    }
}
