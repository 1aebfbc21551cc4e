/* SPDX-License-Identifier: MIT */
/* A vCPU's debug registers, segments and rare registers: domain/debugreg.c, segments.c and
 * vcpu_state.c. */
#include <string.h>

#include "arch/x86.h"
#include "domain/debugreg.h"
#include "domain/segments.h"
#include "domain/vcpu_state.h"
#include "fixture.h"
#include "hypercall-abi/segments.h"
#include "lib/errno.h"
#include "machine_fixture.h"
#include "support/unit.h"

static uint8_t fpu_area[8192] __attribute__((aligned(64)));

static void start(void)
{
    fixture_start();
    machine_fixture_start();
    fix.vcpu.fpu = fpu_area;
    fix.vcpu.debugreg[6] = DR6_RESET;
    fix.vcpu.debugreg[7] = DR7_RESET;
}

static int set(uint32_t number, uint64_t value)
{
    return debugreg_set(&fix.vcpu, number, value);
}

TEST(debugreg, addresses_of_the_guest_only)
{
    start();
    ck_assert_int_eq(set(0, 0x401000), 0);
    ck_assert_int_eq(set(3, 0xffff880000000000), 0);
    ck_assert_int_eq(set(1, 0xffff800000000000), -EPERM);
    ck_assert_int_eq(set(1, 0xffff87ffffffffff), -EPERM);
    ck_assert_int_eq(set(1, 0x0000800000000000), -EPERM);
    ck_assert_uint_eq(fix.vcpu.debugreg[1], 0);
}

TEST(debugreg, reserved_bits_are_forced)
{
    start();
    ck_assert_int_eq(set(6, 0), 0);
    ck_assert_uint_eq(fix.vcpu.debugreg[6], 0xffff0ff0);
    ck_assert_int_eq(set(6, 0xffffffff), 0);
    ck_assert_uint_eq(fix.vcpu.debugreg[6], 0xffffefff);
    ck_assert_int_eq(set(6, 0x100000000), -EPERM);
    ck_assert_int_eq(set(7, 0xd800), 0);
    ck_assert_uint_eq(fix.vcpu.debugreg[7], 0x400);
    ck_assert_int_eq(set(7, 0x100000000), -EPERM);
    ck_assert_int_eq(set(7, 0x2000), -EPERM);
}

TEST(debugreg, io_breakpoints_need_cr4_de_and_stay_virtual)
{
    start();
    ck_assert_int_eq(set(7, 0x20001), -EPERM);
    fix.vcpu.cr4 = CR4_DE;
    ck_assert_int_eq(set(7, 0x20001 | 0x0010000c), 0); /* and a write breakpoint in 1 */
    ck_assert_uint_eq(fix.vcpu.debugreg[7], 0x12040d);
    ck_assert_uint_eq(fake_x86.dr7, 0x10040c);
}

TEST(debugreg, four_and_five_are_six_and_seven_without_de)
{
    uint64_t value;

    start();
    ck_assert_int_eq(set(5, 0x401), 0);
    ck_assert_uint_eq(fix.vcpu.debugreg[7], 0x401);
    ck_assert_int_eq(debugreg_get(&fix.vcpu, 4, &value), 0);
    ck_assert_uint_eq(value, DR6_RESET);
    fix.vcpu.cr4 = CR4_DE;
    ck_assert_int_eq(set(5, 0x401), -ENODEV);
    ck_assert_int_eq(debugreg_get(&fix.vcpu, 4, &value), -ENODEV);
    ck_assert_int_eq(set(8, 0), -ENODEV);
    ck_assert_int_eq(debugreg_get(&fix.vcpu, 8, &value), -ENODEV);
    ck_assert_int_eq(debugreg_get(&fix.vcpu, 0xffffffff, &value), -ENODEV);
}

TEST(debugreg, are_in_the_processor_only_while_enabled)
{
    start();
    ck_assert_int_eq(set(0, 0x401000), 0);
    ck_assert_uint_eq(fake_x86.dr0, 0);
    ck_assert_int_eq(set(7, 0x401), 0);
    ck_assert_uint_eq(fake_x86.dr0, 0x401000);
    ck_assert_uint_eq(fake_x86.dr7, 0x401);
    ck_assert_int_eq(set(0, 0x402000), 0);
    ck_assert_uint_eq(fake_x86.dr0, 0x402000);
    debugreg_unload(&fix.vcpu);
    ck_assert_uint_eq(fake_x86.dr7, 0x400);
    debugreg_load(&fix.vcpu);
    ck_assert_uint_eq(fake_x86.dr7, 0x401);
    ck_assert_int_eq(set(7, 0), 0);
    ck_assert_uint_eq(fake_x86.dr7, 0x400);
}

TEST(debugreg, of_another_vcpu_are_only_kept)
{
    start();
    this_cpu()->current = NULL;
    ck_assert_int_eq(set(7, 0x401), 0);
    ck_assert_uint_eq(fake_x86.dr7, 0);
    ck_assert_uint_eq(fix.vcpu.debugreg[7], 0x401);
}

TEST(segments, bases_are_those_of_the_mode)
{
    start();
    fake_msrs.gs_base = 0x11;
    fake_msrs.kernel_gs_base = 0x22;
    fake_msrs.fs_base = 0x33;
    fake_x86.ds = 0x2b;
    segments_save(&fix.vcpu);
    ck_assert_uint_eq(fix.vcpu.segments.gs_base_kernel, 0x11);
    ck_assert_uint_eq(fix.vcpu.segments.gs_base_user, 0x22);
    ck_assert_uint_eq(fix.vcpu.segments.fs_base, 0x33);
    ck_assert_uint_eq(fix.vcpu.segments.ds, 0x2b);
    fix.vcpu.in_kernel = 0;
    segments_save(&fix.vcpu);
    ck_assert_uint_eq(fix.vcpu.segments.gs_base_kernel, 0x22);
    ck_assert_uint_eq(fix.vcpu.segments.gs_base_user, 0x11);
    fix.vcpu.in_kernel = 1;
    segments_load(&fix.vcpu);
    ck_assert_uint_eq(fake_msrs.gs_base, 0x22);
    ck_assert_uint_eq(fake_msrs.kernel_gs_base, 0x11);
}

static bool refuse_13(uint16_t selector)
{
    return selector != 0x13;
}

TEST(segments, a_refused_selector_becomes_null_and_a_failsafe_call)
{
    start();
    fake_selector_ok = refuse_13;
    fix.vcpu.segments.ds = 0x2b;
    fix.vcpu.segments.es = 0x13;
    fix.vcpu.segments.fs = 0x33;
    segments_load(&fix.vcpu);
    ck_assert_uint_eq(fake_x86.ds, 0x2b);
    ck_assert_uint_eq(fake_x86.es, 0);
    ck_assert_uint_eq(fake_x86.fs, 0x33);
    ck_assert_uint_eq(fix.vcpu.exit_work, EXIT_WORK_FAILSAFE);
    ck_assert_uint_eq(fix.vcpu.segments.refused[0], 0x2b);
    ck_assert_uint_eq(fix.vcpu.segments.refused[1], 0x13);
    ck_assert_uint_eq(fix.vcpu.segments.refused[3], 0);
}

/* Loaded in ring 0 they would pass. */
TEST(segments, the_hypervisors_selectors_are_refused)
{
    start();
    fix.vcpu.segments.ds = 0xe010;
    fix.vcpu.segments.gs = 0xe00b;
    segments_load(&fix.vcpu);
    ck_assert_uint_eq(fake_x86.ds, 0);
    ck_assert_uint_eq(fake_x86.gs, 0);
    ck_assert_uint_eq(fix.vcpu.exit_work, EXIT_WORK_FAILSAFE);
}

TEST(segments, set_base_checks_and_sets)
{
    start();
    ck_assert_int_eq(segments_set_base(&fix.vcpu, SEGBASE_FS, 0x1000), 0);
    ck_assert_int_eq(segments_set_base(&fix.vcpu, SEGBASE_GS_USER, 0x2000), 0);
    ck_assert_int_eq(segments_set_base(&fix.vcpu, SEGBASE_GS_KERNEL, 0xffff888000000000), 0);
    ck_assert_uint_eq(fake_msrs.fs_base, 0x1000);
    ck_assert_uint_eq(fake_msrs.kernel_gs_base, 0x2000);
    ck_assert_uint_eq(fake_msrs.gs_base, 0xffff888000000000);
    ck_assert_int_eq(segments_set_base(&fix.vcpu, SEGBASE_FS, 0x0000800000000000), -EINVAL);
    ck_assert_int_eq(segments_set_base(&fix.vcpu, SEGBASE_GS_USER, 0x8000000000000000), -EINVAL);
    ck_assert_int_eq(segments_set_base(&fix.vcpu, SEGBASE_GS_KERNEL, 0xffff000000000000), -EINVAL);
    ck_assert_int_eq(segments_set_base(&fix.vcpu, 4, 0), -EINVAL);
    ck_assert_uint_eq(fake_msrs.fs_base, 0x1000);
}

TEST(segments, a_user_selector_is_loaded_or_null_but_never_an_error)
{
    start();
    fake_selector_ok = refuse_13;
    fake_msrs.kernel_gs_base = 0x2000;
    ck_assert_int_eq(segments_set_base(&fix.vcpu, SEGBASE_GS_USER_SEL, 0x13), 0);
    ck_assert_uint_eq(fake_x86.gs, 0);
    ck_assert_uint_eq(fake_msrs.kernel_gs_base, 0);
    ck_assert_int_eq(segments_set_base(&fix.vcpu, SEGBASE_GS_USER_SEL, 0xe010), 0);
    ck_assert_uint_eq(fake_x86.gs, 0);
    ck_assert_int_eq(segments_set_base(&fix.vcpu, SEGBASE_GS_USER_SEL, 0x2b), 0);
    ck_assert_uint_eq(fake_x86.gs, 0x2b);
    fake_msrs.kernel_gs_base = 0x2000;
    ck_assert_int_eq(segments_set_base(&fix.vcpu, SEGBASE_GS_USER_SEL, 0), 0);
    ck_assert_uint_eq(fake_msrs.kernel_gs_base, 0);
}

TEST(vcpu_state, hardware_follows_the_vcpu)
{
    start();
    fix.vcpu.cr4 = CR4_DE | CR4_OSXSAVE | CR4_PAE;
    fix.vcpu.tsc_aux = 9;
    fix.vcpu.task_switched = true;
    fix.vcpu.xcr0 = 1;
    fake_x86.cr4 = CR4_PAE | CR4_SMEP;
    vcpu_state_load(&fix.vcpu);
    ck_assert_uint_eq(fake_x86.cr4, CR4_PAE | CR4_SMEP | CR4_DE);
    ck_assert_uint_eq(fake_msrs.tsc_aux, 9);
    ck_assert(fake_x86.cr0 & CR0_TS);
    ck_assert_uint_eq(fake_x86.xcr0, 1);
    vcpu_state_save(&fix.vcpu);
    ck_assert(!(fake_x86.cr0 & CR0_TS)); /* the next one is not to trap */
    fix.vcpu.cr4 = 0;
    fix.vcpu.task_switched = false;
    vcpu_state_load(&fix.vcpu);
    ck_assert_uint_eq(fake_x86.cr4, CR4_PAE | CR4_SMEP);
    ck_assert(!(fake_x86.cr0 & CR0_TS));
}
