/* SPDX-License-Identifier: MIT */
/*
 * A vCPU that is initialised without an FPU image begins with FCW 0x37f, MXCSR 0x1f80, empty registers and XCR0 1
 * (abi-facts 3.13).
 *
 * Machine: options="dom0_max_vcpus=2"
 */
#include "privileged.h"

static void look(uint32_t id)
{
    uint16_t control, status;
    uint32_t mxcsr;
    uint64_t word, cr4 = 0;

    (void)id;
    __asm__ volatile("fnstcw %0; fnstsw %1; stmxcsr %2; movq %%xmm5, %3"
                     : "=m"(control), "=m"(status), "=m"(mxcsr), "=r"(word));
    expect_eq(control, 0x37f, "FCW");
    expect_eq(status, 0, "FSW");
    expect_eq(mxcsr, 0x1f80, "MXCSR");
    expect_eq(word, 0, "a register");
    if (!cpu_has_xsave())
        return;
    (void)try_read_cr(4, &cr4);
    require(!try_write_cr(4, cr4 | CR4_OSXSAVE).trapped, "CR4.OSXSAVE");
    __asm__ volatile("xgetbv" : "=a"(mxcsr) : "c"(0) : "rdx");
    expect_eq(mxcsr, 1, "XCR0");
}

void test_main(void)
{
    look(0);
    __asm__ volatile("fninit; fld1; movq %0, %%xmm5" : : "r"(0x4444UL));
    require_eq(vcpu_start(1, look), 0, "vCPU 1");
    vcpu_wait(1);
}
