/* SPDX-License-Identifier: MIT */
/* What a guest kernel may do by privileged instruction, and its user mode may not. */
#include "emulate/privileged.h"

#include <string.h>

#include "arch/fpu.h"
#include "arch/msr.h"
#include "arch/pte.h"
#include "arch/x86.h"
#include "emulate/cpuid_view.h"
#include "fixture.h"
#include "hypercall-abi/segments.h"
#include "lib/errno.h"
#include "machine_fixture.h"
#include "pvmmu/pvmmu.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"

static void start(void)
{
    fixture_start();
    machine_fixture_start();
    for (unsigned vector = 0; vector < 32; vector++)
        fix.vcpu.trap_table[vector].address = GUEST_HANDLER + vector;
    fix.vcpu.mmu.kernel_l4 = mfn(0x123);
}

static void check_done(unsigned length)
{
    ck_assert(emulate_privileged(&fix.vcpu, fix.frame));
    ck_assert_uint_eq(fix.frame->rip, GUEST_CODE_ADDRESS + length);
}

/* The caller gives the guest its #GP; nothing has changed. */
static void check_refused(void)
{
    struct trap_frame before = *fix.frame;

    ck_assert(!emulate_privileged(&fix.vcpu, fix.frame));
    ck_assert_mem_eq(&before, fix.frame, sizeof(before));
}

TEST(privileged, cr0_shows_virtual_ts_and_takes_nothing_else)
{
    start();
    fake_x86.cr0 = CR0_PG | CR0_WP | CR0_PE | CR0_TS;
    fixture_code(0x0f, 0x20, 0xc0);
    check_done(3);
    ck_assert_uint_eq(fix.frame->rax, CR0_PG | CR0_WP | CR0_PE);
    fix.frame->rip = GUEST_CODE_ADDRESS;
    fixture_code(0x0f, 0x22, 0xc0);
    fix.frame->rax |= CR0_TS;
    check_done(3);
    ck_assert(fix.vcpu.task_switched);
    ck_assert(fake_x86.cr0 & CR0_TS);
    fix.frame->rip = GUEST_CODE_ADDRESS;
    fix.frame->rax = CR0_PE;
    check_refused();
}

TEST(privileged, clts_clears_ts)
{
    start();
    fix.vcpu.task_switched = true;
    fake_x86.cr0 = CR0_TS;
    fixture_code(0x0f, 0x06);
    check_done(2);
    ck_assert(!fix.vcpu.task_switched);
    ck_assert(!(fake_x86.cr0 & CR0_TS));
}

TEST(privileged, cr2_is_in_vcpu_info)
{
    start();
    fix.vcpu.info->arch.cr2 = 0x777;
    fixture_code(0x41, 0x0f, 0x20, 0xd1); /* mov %cr2, %r9 */
    check_done(4);
    ck_assert_uint_eq(fix.frame->r9, 0x777);
}

TEST(privileged, cr3_is_a_frame_number)
{
    start();
    fixture_code(0x0f, 0x20, 0xd8);
    check_done(3);
    ck_assert_uint_eq(fix.frame->rax, 0x123000);
}

TEST(privileged, a_write_of_cr3_changes_the_root)
{
    start();
    fixture_code(0x0f, 0x22, 0xd8);
    fix.frame->rax = 0x456018;
    atomic_store(&fix.domain.mmu.going, 0x789); /* a table to be taken apart */
    check_done(3);
    ck_assert_uint_eq(fake_mmu.set_kernel_l4.number, 0x456);
    ck_assert_uint_ge(fake_mmu.settles, 1);

    start();
    fixture_code(0x0f, 0x22, 0xd8);
    fix.frame->rax = 0x456000;
    fake_mmu.set_answer = -EINVAL;
    check_refused();

    start();
    fixture_code(0x0f, 0x22, 0xd8);
    fix.frame->rax = 0x456000;
    fake_mmu.set_answer = -ERESTART;
    ck_assert(emulate_privileged(&fix.vcpu, fix.frame));
    ck_assert_uint_eq(fix.frame->rip, GUEST_CODE_ADDRESS); /* executed again */
}

TEST(privileged, cr4_keeps_what_a_guest_may_choose)
{
    start();
    fixture_code(0x0f, 0x22, 0xe0);
    fake_x86.cr4 =
        CR4_PAE | CR4_MCE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE | CR4_SMEP;
    fix.frame->rax = ~0UL;
    check_done(3);
    ck_assert_uint_eq(fix.vcpu.cr4, CR4_TSD | CR4_DE | CR4_OSXSAVE | CR4_PAE | CR4_MCE |
                                        CR4_OSFXSR | CR4_OSXMMEXCPT);
    /* The hardware follows in the bits that concern the guest, the hypervisor's stay. */
    ck_assert_uint_eq(fake_x86.cr4 & (CR4_TSD | CR4_DE | CR4_SMEP | CR4_PGE | CR4_FSGSBASE),
                      CR4_TSD | CR4_DE | CR4_SMEP | CR4_PGE);
    fix.frame->rip = GUEST_CODE_ADDRESS;
    fix.frame->rax = 0;
    check_done(3);
    ck_assert_uint_eq(fix.vcpu.cr4, CR4_PAE | CR4_MCE | CR4_OSFXSR | CR4_OSXMMEXCPT);
    ck_assert(!(fake_x86.cr4 & CR4_TSD));
}

TEST(privileged, other_control_registers_are_refused)
{
    start();
    fixture_code(0x0f, 0x20, 0xc8); /* cr1 */
    check_refused();
    fixture_code(0x44, 0x0f, 0x20, 0xc0); /* cr8 */
    check_refused();
    fixture_code(0x44, 0x0f, 0x22, 0xc0);
    check_refused();
}

TEST(privileged, debug_registers_by_their_rules)
{
    start();
    fixture_code(0x0f, 0x23, 0xc0); /* mov %rax, %dr0 */
    fix.frame->rax = 0x401000;
    check_done(3);
    ck_assert_uint_eq(fix.vcpu.debugreg[0], 0x401000);
    fix.frame->rip = GUEST_CODE_ADDRESS;
    fix.frame->rax = 0xffff810000100000;
    check_refused();
    fixture_code(0x0f, 0x21, 0xc1); /* mov %dr0, %rcx */
    check_done(3);
    ck_assert_uint_eq(fix.frame->rcx, 0x401000);
}

TEST(privileged, xsetbv_takes_valid_masks_of_xcr0)
{
    start();
    fixture_code(0x0f, 0x01, 0xd1);
    fix.frame->rax = XCR0_X87 | XCR0_SSE | XCR0_AVX;
    check_refused(); /* CR4.OSXSAVE is clear */
    fix.vcpu.cr4 = CR4_OSXSAVE;
    check_done(3);
    ck_assert_uint_eq(fix.vcpu.xcr0, XCR0_X87 | XCR0_SSE | XCR0_AVX);
    ck_assert_uint_eq(fake_x86.xcr0, XCR0_X87 | XCR0_SSE | XCR0_AVX);
    fix.frame->rip = GUEST_CODE_ADDRESS;
    fix.frame->rax = XCR0_X87 | XCR0_AVX; /* AVX without SSE */
    check_refused();
    fix.frame->rax = XCR0_SSE;
    check_refused();
    fix.frame->rax = XCR0_X87;
    fix.frame->rdx = 1; /* a component nobody knows */
    check_refused();
    fix.frame->rdx = 0;
    fix.frame->rcx = 1;
    check_refused();
}

TEST(privileged, cli_and_sti_are_nothing_if_iopl_allows_them)
{
    start();
    fixture_code(0xfa);
    check_refused();
    fix.vcpu.iopl = 1;
    check_done(1);
    fix.frame->rip = GUEST_CODE_ADDRESS;
    fixture_enter_user();
    check_refused();
    fix.vcpu.iopl = 3;
    fixture_code(0xfb);
    check_done(1);
}

TEST(privileged, rdtsc_and_rdtscp)
{
    start();
    fake_x86.tsc = 0x1122334455667788;
    fixture_code(0x0f, 0x31);
    check_done(2);
    ck_assert_uint_eq(fix.frame->rax, 0x55667788);
    ck_assert_uint_eq(fix.frame->rdx, 0x11223344);
    fix.frame->rip = GUEST_CODE_ADDRESS;
    fix.vcpu.tsc_aux = 7;
    fixture_code(0x0f, 0x01, 0xf9);
    check_done(3);
    ck_assert_uint_eq(fix.frame->rcx, 7);
}

TEST(privileged, msr_reads_and_writes_use_edx_eax)
{
    start();
    fixture_code(0x0f, 0x30);
    fix.frame->rcx = 0xffffffff00000000 | MSR_TSC_AUX; /* ECX counts */
    fix.frame->rax = 0xaaaaaaaa00000005;
    fix.frame->rdx = 0xbbbbbbbb00000000;
    check_done(2);
    ck_assert_uint_eq(fix.vcpu.tsc_aux, 5);
    fix.frame->rip = GUEST_CODE_ADDRESS;
    fixture_code(0x0f, 0x32);
    check_done(2);
    ck_assert_uint_eq(fix.frame->rax, 5);
    ck_assert_uint_eq(fix.frame->rdx, 0);
    fix.frame->rip = GUEST_CODE_ADDRESS;
    fix.frame->rcx = 0x606; /* RAPL power unit */
    check_refused();
}

TEST(privileged, user_mode_may_do_none_of_it)
{
    static const uint8_t instructions[][3] = {
        { 0x0f, 0x20, 0xc0 },
        { 0x0f, 0x22, 0xc0 },
        { 0x0f, 0x21, 0xc0 },
        { 0x0f, 0x23, 0xc0 },
        { 0x0f, 0x30 },
        { 0x0f, 0x32 },
        { 0x0f, 0x06 },
        { 0x0f, 0x09 },
        { 0x0f, 0x01, 0xd1 },
        { 0x0f, 0x31 },
        { 0xec },
        { 0xee },
        { 0x6c },
        { 0x6f },
        { 0xe4, 0x60 },
        { 0xfa },
    };

    for (unsigned i = 0; i < sizeof(instructions) / sizeof(instructions[0]); i++) {
        start();
        fixture_enter_user();
        fix.vcpu.iopl = 1; /* the kernel's */
        fix.vcpu.cr4 = CR4_OSXSAVE;
        fixture_code_at(0, instructions[i], 3);
        check_refused();
    }
}

TEST(privileged, what_is_not_emulated_is_refused)
{
    static const uint8_t instructions[][3] = {
        { 0xf4 },             /* hlt */
        { 0x0f, 0x01, 0x38 }, /* invlpg */
        { 0x0f, 0x01, 0x10 }, /* lgdt */
        { 0x0f, 0x01, 0xf8 }, /* swapgs */
        { 0x0f, 0x33 },       /* rdpmc */
        { 0x0f, 0x00, 0xd8 }, /* ltr */
        { 0x48, 0x89, 0x07 }, /* a store */
    };

    for (unsigned i = 0; i < sizeof(instructions) / sizeof(instructions[0]); i++) {
        start();
        fix.vcpu.iopl = 3;
        fixture_code_at(0, instructions[i], 3);
        check_refused();
    }
}

TEST(privileged, lock_is_refused)
{
    start();
    fixture_code(0xf0, 0x0f, 0x20, 0xc0);
    check_refused();
}

TEST(privileged, a_single_step_follows)
{
    start();
    fixture_code(0x0f, 0x06);
    fix.frame->rflags |= RFLAGS_TF | RFLAGS_RF;
    ck_assert(emulate_privileged(&fix.vcpu, fix.frame));
    ck_assert_uint_eq(fix.frame->rip, GUEST_HANDLER + 1);
    ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[2], GUEST_CODE_ADDRESS + 2);
    ck_assert(!(fixture_stack(fix.frame->rsp)[4] & RFLAGS_RF));
}

TEST(privileged, cut_off_code_is_a_page_fault_for_instruction_fetch)
{
    static const uint8_t half[] = { 0x0f };

    start();
    fix.frame->rip = GUEST_CODE_ADDRESS + 0xfff;
    fixture_code_at(0xfff, half, 1);
    ck_assert(emulate_privileged(&fix.vcpu, fix.frame));
    ck_assert_uint_eq(fix.frame->rip, GUEST_HANDLER + 14);
    ck_assert_uint_eq(fix.vcpu.info->arch.cr2, GUEST_CODE_ADDRESS + 0x1000);
}

TEST(privileged, code_of_the_hypervisor_is_not_read)
{
    start();
    fix.frame->rip = 0xffff810000100000;
    ck_assert(emulate_privileged(&fix.vcpu, fix.frame));
    ck_assert_uint_eq(fix.frame->rip, GUEST_HANDLER + 14);
}

TEST(privileged, cpuid_answers_user_mode_too)
{
    start();
    fixture_enter_user();
    fixture_code(0x0f, 0xa2);
    fix.frame->rax = 0x40000000;
    check_done(2);
    ck_assert_uint_eq(fix.frame->rbx, 0x566e6558);
}

static void put_forced_cpuid(void)
{
    fixture_code(0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2);
}

TEST(forced_cpuid, is_emulated_in_both_modes)
{
    for (int user = 0; user < 2; user++) {
        start();
        if (user)
            fixture_enter_user();
        put_forced_cpuid();
        fix.frame->rax = 0x40000000;
        fix.frame->rsi = 0x5555;
        ck_assert(emulate_forced_cpuid(&fix.vcpu, fix.frame));
        ck_assert_uint_eq(fix.frame->rip, GUEST_CODE_ADDRESS + 7);
        ck_assert_uint_eq(fix.frame->rcx, 0x65584d4d);
        ck_assert_uint_eq(fix.frame->rsi, 0x5555);
    }
}

TEST(forced_cpuid, nothing_else_may_follow_the_prefix)
{
    start();
    fixture_code(0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0x20, 0xc0);
    ck_assert(!emulate_forced_cpuid(&fix.vcpu, fix.frame));
    fixture_code(0x0f, 0x0b);
    ck_assert(!emulate_forced_cpuid(&fix.vcpu, fix.frame));
    ck_assert_uint_eq(fix.frame->rip, GUEST_CODE_ADDRESS);
}

TEST(forced_cpuid, cut_off_is_an_undefined_instruction)
{
    static const uint8_t part[] = { 0x0f, 0x0b, 'x', 'e', 'n', 0x0f };

    start();
    fix.frame->rip = GUEST_CODE_ADDRESS + 0xffa;
    fixture_code_at(0xffa, part, sizeof(part));
    ck_assert(!emulate_forced_cpuid(&fix.vcpu, fix.frame));
}
