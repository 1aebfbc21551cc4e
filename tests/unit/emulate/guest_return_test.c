/* SPDX-License-Identifier: MIT */
/* The iret hypercall: what is taken from the guest's stack, and what is not believed. */
#include "emulate/guest_return.h"

#include <string.h>

#include "arch/x86.h"
#include "fixture.h"
#include "hypercall-abi/segments.h"
#include "support/unit.h"

static struct iret_context *context;

/* A return to user mode after a SYSCALL. */
static void start(void)
{
    fixture_start();
    fix.frame->rsp = GUEST_STACK_TOP - sizeof(*context);
    context = (struct iret_context *)(void *)fixture_stack(fix.frame->rsp);
    *context = (struct iret_context){
        .rax = 0xaaaa,
        .r11 = 0x202,
        .rcx = GUEST_USER_RIP,
        .rip = GUEST_USER_RIP,
        .cs = FLAT_RING3_CS64,
        .rflags = 0x202,
        .rsp = GUEST_USER_RSP,
        .ss = FLAT_RING3_SS64,
    };
    fix.frame->rcx = 1;
    fix.frame->r11 = 2;
    fix.vcpu.info->evtchn_upcall_mask = 1;
}

TEST(guest_iret, returns_to_user_mode)
{
    start();
    guest_iret(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.crashes, 0);
    ck_assert_uint_eq(fix.vcpu.in_kernel, 0);
    ck_assert_uint_eq(fake_x86.cr3, FIXTURE_USER_CR3);
    ck_assert_uint_eq(fix.frame->rax, 0xaaaa);
    ck_assert_uint_eq(fix.frame->rip, GUEST_USER_RIP);
    ck_assert_uint_eq(fix.frame->rsp, GUEST_USER_RSP);
    ck_assert_uint_eq(fix.frame->rcx, GUEST_USER_RIP);
    ck_assert_uint_eq(fix.frame->r11, 0x202);
    ck_assert_uint_eq(fix.vcpu.info->evtchn_upcall_mask, 0);
}

TEST(guest_iret, uses_sysret_only_if_nothing_is_lost)
{
    start();
    guest_iret(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.frame->vector, TRAP_SYSCALL);
    start();
    context->rcx++;
    guest_iret(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.frame->vector, 0);
    start();
    context->r11 |= RFLAGS_ZF;
    guest_iret(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.frame->vector, 0);
    start();
    context->cs = FLAT_RING3_CS32;
    guest_iret(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.frame->vector, 0);
    start();
    context->ss = 0x2b;
    guest_iret(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.frame->vector, 0);
}

TEST(guest_iret, in_syscall_leaves_rcx_and_r11)
{
    start();
    context->flags = VGCF_in_syscall;
    context->rcx = 0x77;
    guest_iret(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.frame->rcx, 1);
    ck_assert_uint_eq(fix.frame->r11, 2);
    ck_assert_uint_eq(fix.frame->vector, TRAP_SYSCALL);
    /* With other segments SYSRET is not possible. */
    start();
    context->flags = VGCF_in_syscall;
    context->cs = FLAT_RING3_CS32;
    guest_iret(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.frame->vector, 0);
}

TEST(guest_iret, stays_in_kernel_mode_with_rpl_0)
{
    start();
    context->cs = FLAT_RING3_CS64 & ~3UL;
    context->ss = FLAT_RING3_SS64 & ~3UL;
    fix.vcpu.user_cr3 = 0; /* not needed */
    guest_iret(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.crashes, 0);
    ck_assert_uint_eq(fix.vcpu.in_kernel, 1);
    ck_assert_uint_eq(fake_x86.cr3, FIXTURE_KERNEL_CR3);
    ck_assert_uint_eq(fix.frame->cs, FLAT_RING3_CS64);
    ck_assert_uint_eq(fix.frame->ss, FLAT_RING3_SS64);
}

TEST(guest_iret, keeps_the_privilege_level_and_16_bits_of_selectors)
{
    start();
    context->cs = 0xabcd0010UL;
    context->ss = 0xffffffffffff0018UL;
    guest_iret(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.frame->cs, 0x13);
    ck_assert_uint_eq(fix.frame->ss, 0x1b);
}

TEST(guest_iret, takes_the_flags_a_guest_may_have)
{
    start();
    context->rflags = ~0UL & ~RFLAGS_IF;
    guest_iret(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.frame->rflags & (RFLAGS_IOPL | RFLAGS_VM | RFLAGS_NT | RFLAGS_VIF |
                                           RFLAGS_VIP | ~0xffffffffUL),
                      0);
    ck_assert(fix.frame->rflags & RFLAGS_IF);
    ck_assert(fix.frame->rflags & RFLAGS_FIXED);
    ck_assert(fix.frame->rflags & RFLAGS_TF);
    ck_assert_uint_eq(fix.vcpu.info->evtchn_upcall_mask, 1);
}

TEST(guest_iret, to_user_mode_without_user_root_crashes)
{
    start();
    fix.vcpu.user_cr3 = 0;
    guest_iret(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.crashes, 1);
    ck_assert_uint_eq(fix.vcpu.in_kernel, 1);
    ck_assert_uint_eq(fake_x86.cr3, FIXTURE_KERNEL_CR3);
}

TEST(guest_iret, an_unreadable_context_crashes)
{
    static const uint64_t stacks[] = { 0xffff800000000000UL,
                                       0xffff810000100000UL,
                                       0xffff87fffffffff0UL,
                                       0x0000800000000000UL,
                                       0x5000UL,
                                       GUEST_STACK_TOP - 64 };

    for (unsigned i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++) {
        start();
        fix.frame->rsp = stacks[i];
        guest_iret(&fix.vcpu, fix.frame);
        ck_assert_uint_eq(fix.crashes, 1);
        ck_assert_uint_eq(fix.frame->rip, GUEST_CODE_ADDRESS);
    }
}

TEST(guest_iret, ends_an_nmi_and_lets_the_next_one_in)
{
    start();
    fix.vcpu.nmi_in_progress = true;
    guest_iret(&fix.vcpu, fix.frame);
    ck_assert(!fix.vcpu.nmi_in_progress);
    ck_assert_uint_eq(fix.vcpu.exit_work, 0);
    start();
    fix.vcpu.nmi_in_progress = true;
    fix.vcpu.nmi_pending = true;
    guest_iret(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.vcpu.exit_work, EXIT_WORK_NMI);
}

TEST(guest_iret, sets_the_virtual_iopl_only_with_its_assist)
{
    start();
    context->rflags |= RFLAGS_IOPL;
    guest_iret(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.vcpu.iopl, 0);
    start();
    fix.domain.vm_assist = 1u << VMASST_TYPE_architectural_iopl;
    context->rflags |= RFLAGS_IOPL;
    guest_iret(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.vcpu.iopl, 3);
}
