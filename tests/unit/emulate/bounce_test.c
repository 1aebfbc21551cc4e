/* SPDX-License-Identifier: MIT */
/* The frames that a guest kernel finds on its stack, word for word (abi-facts 3.2 to 3.9). */
#include "emulate/bounce.h"

#include "arch/pte.h"
#include "arch/x86.h"
#include "fixture.h"
#include "hypercall-abi/segments.h"
#include "support/unit.h"

#define RFLAGS_INTERRUPTED (0x202UL | RFLAGS_TF | RFLAGS_DF | RFLAGS_AC | RFLAGS_NT | RFLAGS_RF)

static void set_trap(uint32_t vector, uint8_t flags)
{
    fix.vcpu.trap_table[vector] =
        (struct trap_info){ (uint8_t)vector, flags, 0, GUEST_HANDLER + vector };
}

static void start(void)
{
    fixture_start();
    fix.frame->rcx = 0xc0c0;
    fix.frame->r11 = 0x1111;
    fix.frame->rflags = RFLAGS_INTERRUPTED;
}

/* The part of every frame that is behind the words that differ. */
static void check_tail(const uint64_t *words, uint64_t rip, uint64_t cs, uint64_t rflags,
                       uint64_t rsp)
{
    ck_assert_uint_eq(words[0], rip);
    ck_assert_uint_eq(words[1], cs);
    ck_assert_uint_eq(words[2], rflags);
    ck_assert_uint_eq(words[3], rsp);
    ck_assert_uint_eq(words[4], FLAT_RING3_SS64);
}

static void check_at_handler(uint64_t handler, uint64_t rsp)
{
    ck_assert_uint_eq(fix.crashes, 0);
    ck_assert_uint_eq(fix.frame->rip, handler);
    ck_assert_uint_eq(fix.frame->rsp, rsp);
    ck_assert_uint_eq(fix.frame->cs, FLAT_KERNEL_CS);
    ck_assert_uint_eq(fix.frame->ss, FLAT_KERNEL_SS);
    ck_assert_uint_eq(fix.frame->vector, TRAP_SYSCALL);
    ck_assert_uint_eq(fix.vcpu.in_kernel, 1);
}

TEST(bounce, an_exception_of_the_kernel_pushes_on_its_own_stack)
{
    uint64_t sp = GUEST_STACK_TOP - 0x100 - 7 * 8;
    const uint64_t *words;

    start();
    set_trap(6, 0);
    fix.frame->rsp = GUEST_STACK_TOP - 0x100 + 5; /* aligned down to 16 first */
    bounce_exception(&fix.vcpu, fix.frame, 6, 0xdead);
    check_at_handler(GUEST_HANDLER + 6, sp);
    words = fixture_stack(sp);
    ck_assert_uint_eq(words[0], 0xc0c0);
    ck_assert_uint_eq(words[1], 0x1111);
    /* RPL 0 and IF as the guest kernel believes in. */
    check_tail(words + 2, GUEST_CODE_ADDRESS, FLAT_RING3_CS64 & ~3UL, RFLAGS_INTERRUPTED,
               GUEST_STACK_TOP - 0x100 + 5);
    ck_assert_uint_eq(fake_x86.cr3_writes, 0);
    ck_assert_uint_eq(fix.frame->rflags, 0x202 | RFLAGS_DF);
}

TEST(bounce, an_exception_of_user_mode_switches_stack_root_and_mode)
{
    uint64_t sp = GUEST_STACK_TOP - 8 * 8;
    const uint64_t *words;

    start();
    fixture_enter_user();
    set_trap(13, 0);
    bounce_exception(&fix.vcpu, fix.frame, 13, 0x18);
    check_at_handler(GUEST_HANDLER + 13, sp);
    words = fixture_stack(sp);
    ck_assert_uint_eq(words[2], 0x18);
    check_tail(words + 3, GUEST_CODE_ADDRESS, FLAT_RING3_CS64, RFLAGS_INTERRUPTED, GUEST_USER_RSP);
    ck_assert_uint_eq(fake_x86.cr3, FIXTURE_KERNEL_CR3);
}

TEST(bounce, only_the_listed_vectors_have_an_error_code)
{
    for (uint32_t vector = 0; vector < 32; vector++) {
        bool listed = vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21;

        start();
        set_trap(vector, 0);
        bounce_exception(&fix.vcpu, fix.frame, vector, 0xe0e0);
        check_at_handler(GUEST_HANDLER + vector, GUEST_STACK_TOP - (listed ? 8u : 7u) * 8);
    }
}

TEST(bounce, the_event_mask_goes_to_cs_and_its_opposite_to_if)
{
    uint64_t sp = GUEST_STACK_TOP - 7 * 8;

    start();
    set_trap(3, 0);
    fix.vcpu.info->evtchn_upcall_mask = 1;
    bounce_exception(&fix.vcpu, fix.frame, 3, 0);
    check_tail(fixture_stack(sp) + 2, GUEST_CODE_ADDRESS, (FLAT_RING3_CS64 & ~3UL) | 1UL << 32,
               RFLAGS_INTERRUPTED & ~RFLAGS_IF, GUEST_STACK_TOP);
    ck_assert_uint_eq(fix.vcpu.info->evtchn_upcall_mask, 1);
    ck_assert(fix.frame->rflags & RFLAGS_IF); /* the real one stays on */
}

TEST(bounce, a_handler_with_the_mask_flag_masks_events)
{
    start();
    set_trap(0, 0);
    bounce_exception(&fix.vcpu, fix.frame, 0, 0);
    ck_assert_uint_eq(fix.vcpu.info->evtchn_upcall_mask, 0);
    start();
    set_trap(0, TRAP_INFO_MASK_EVENTS);
    bounce_exception(&fix.vcpu, fix.frame, 0, 0);
    ck_assert_uint_eq(fix.vcpu.info->evtchn_upcall_mask, 1);
    /* The frame shows what was before. */
    ck_assert(fixture_stack(GUEST_STACK_TOP - 7 * 8)[4] & RFLAGS_IF);
}

TEST(bounce, a_software_interrupt_has_no_error_code_even_for_13)
{
    start();
    set_trap(13, 0);
    bounce_software_interrupt(&fix.vcpu, fix.frame, 13);
    check_at_handler(GUEST_HANDLER + 13, GUEST_STACK_TOP - 7 * 8);
}

TEST(bounce, a_page_fault_leaves_its_address_and_the_guests_idea_of_user)
{
    start();
    set_trap(14, 0);
    bounce_page_fault(&fix.vcpu, fix.frame, 0x1234, PF_USER | PF_WRITE);
    ck_assert_uint_eq(fix.vcpu.info->arch.cr2, 0x1234);
    ck_assert_uint_eq(fixture_stack(GUEST_STACK_TOP - 8 * 8)[2], PF_WRITE);
    start();
    fixture_enter_user();
    set_trap(14, 0);
    bounce_page_fault(&fix.vcpu, fix.frame, 0x1234, PF_PRESENT);
    ck_assert_uint_eq(fixture_stack(GUEST_STACK_TOP - 8 * 8)[2], PF_PRESENT | PF_USER);
}

TEST(bounce, without_a_handler_the_domain_is_crashed)
{
    start();
    bounce_exception(&fix.vcpu, fix.frame, 6, 0);
    bounce_software_interrupt(&fix.vcpu, fix.frame, 0x21);
    bounce_event(&fix.vcpu, fix.frame);
    bounce_failsafe(&fix.vcpu, fix.frame);
    bounce_nmi(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.crashes, 5);
    ck_assert_uint_eq(fix.frame->rip, GUEST_CODE_ADDRESS);
}

/* The stack pointer is the guest's to choose, the hypervisor's memory is not. */
TEST(bounce, a_stack_in_the_hole_or_without_memory_crashes_the_domain)
{
    static const uint64_t stacks[] = {
        0xffff800000000000UL, /* the frame would be just below the hole: not canonical */
        0xffff800000000040UL,
        0xffff810000100000UL,
        0xffff880000000000UL,
        0xffff880000000030UL,
        0x0000800000000100UL,
        0x5000UL,
        0UL,
    };

    for (unsigned i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++) {
        start();
        set_trap(6, 0);
        fix.frame->rsp = stacks[i];
        bounce_exception(&fix.vcpu, fix.frame, 6, 0);
        ck_assert_uint_eq(fix.crashes, 1);
        ck_assert_uint_eq(fix.frame->rip, GUEST_CODE_ADDRESS);
    }
}

TEST(bounce, a_frame_that_does_not_fit_its_page_crashes_the_domain)
{
    start();
    set_trap(6, 0);
    fix.frame->rsp = GUEST_STACK_ADDRESS + 6 * 8; /* one word too few */
    bounce_exception(&fix.vcpu, fix.frame, 6, 0);
    ck_assert_uint_eq(fix.crashes, 1);
    start();
    set_trap(6, 0);
    fix.frame->rsp = GUEST_STACK_ADDRESS + 8 * 8;
    bounce_exception(&fix.vcpu, fix.frame, 6, 0);
    ck_assert_uint_eq(fix.crashes, 0);
}

TEST(bounce, an_event_always_masks)
{
    start();
    fix.vcpu.event = (struct guest_callback){ GUEST_HANDLER, false };
    bounce_event(&fix.vcpu, fix.frame);
    check_at_handler(GUEST_HANDLER, GUEST_STACK_TOP - 7 * 8);
    ck_assert_uint_eq(fix.vcpu.info->evtchn_upcall_mask, 1);
}

TEST(bounce, the_failsafe_frame_has_the_refused_selectors)
{
    uint64_t sp;
    const uint64_t *words;

    start();
    fix.vcpu.failsafe = (struct guest_callback){ GUEST_HANDLER, true };
    for (uint16_t i = 0; i < 4; i++)
        fix.vcpu.segments.refused[i] = (uint16_t)(0x10 + i);
    bounce_failsafe(&fix.vcpu, fix.frame);
    sp = fix.frame->rsp;
    check_at_handler(GUEST_HANDLER, sp);
    ck_assert_uint_eq(sp, GUEST_STACK_TOP - 11 * 8);
    words = fixture_stack(sp);
    for (uint16_t i = 0; i < 4; i++)
        ck_assert_uint_eq(words[2 + i], 0x10u + i);
    check_tail(words + 6, GUEST_CODE_ADDRESS, FLAT_RING3_CS64 & ~3UL, RFLAGS_INTERRUPTED,
               GUEST_STACK_TOP);
    ck_assert_uint_eq(fix.vcpu.info->evtchn_upcall_mask, 1);
}

TEST(bounce, a_syscall_enters_the_callback_with_df_clear)
{
    uint64_t sp = GUEST_STACK_TOP - 7 * 8;

    start();
    fixture_enter_user();
    fix.vcpu.syscall = (struct guest_callback){ GUEST_HANDLER, true };
    fix.frame->vector = TRAP_SYSCALL; /* as entry.S leaves it */
    bounce_syscall(&fix.vcpu, fix.frame);
    check_at_handler(GUEST_HANDLER, sp);
    check_tail(fixture_stack(sp) + 2, GUEST_CODE_ADDRESS, FLAT_RING3_CS64, RFLAGS_INTERRUPTED,
               GUEST_USER_RSP);
    ck_assert_uint_eq(fix.frame->rflags, 0x202);
    ck_assert_uint_eq(fix.vcpu.info->evtchn_upcall_mask, 1);
    ck_assert_uint_eq(fake_x86.cr3, FIXTURE_KERNEL_CR3);
}

TEST(bounce, a_syscall_without_callback_is_an_undefined_instruction_at_it)
{
    start();
    fixture_enter_user();
    set_trap(6, 0);
    bounce_syscall(&fix.vcpu, fix.frame);
    check_at_handler(GUEST_HANDLER + 6, GUEST_STACK_TOP - 7 * 8);
    ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[2], GUEST_CODE_ADDRESS - 2);
}

TEST(bounce, a_compat_syscall_enters_the_syscall32_callback)
{
    start();
    fixture_enter_user();
    fix.vcpu.syscall = (struct guest_callback){ GUEST_HANDLER, false };
    fix.vcpu.syscall32 = (struct guest_callback){ GUEST_HANDLER + 0x100, false };
    fix.frame->cs = FLAT_RING3_CS32;
    bounce_syscall32(&fix.vcpu, fix.frame);
    check_at_handler(GUEST_HANDLER + 0x100, GUEST_STACK_TOP - 7 * 8);
    ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[3], FLAT_RING3_CS32);
    ck_assert_uint_eq(fix.vcpu.info->evtchn_upcall_mask, 0);
}

TEST(bounce, a_sysenter_without_callback_is_a_general_protection)
{
    start();
    fixture_enter_user();
    set_trap(13, 0);
    fix.frame->rflags &= ~RFLAGS_IF; /* SYSENTER clears it */
    bounce_sysenter(&fix.vcpu, fix.frame);
    check_at_handler(GUEST_HANDLER + 13, GUEST_STACK_TOP - 8 * 8);
    ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[2], 0);
    ck_assert(fixture_stack(fix.frame->rsp)[5] & RFLAGS_IF);
}

TEST(bounce, one_injected_trap_waits_and_no_second)
{
    start();
    set_trap(13, 0);
    ck_assert(guest_inject_trap(&fix.vcpu, 13, 0x50));
    ck_assert(!guest_inject_trap(&fix.vcpu, 6, 0));
    ck_assert_uint_eq(fix.vcpu.exit_work, EXIT_WORK_TRAP);
    bounce_pending_trap(&fix.vcpu, fix.frame);
    check_at_handler(GUEST_HANDLER + 13, GUEST_STACK_TOP - 8 * 8);
    ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[2], 0x50);
    bounce_pending_trap(&fix.vcpu, fix.frame); /* nothing waits any more */
    check_at_handler(GUEST_HANDLER + 13, GUEST_STACK_TOP - 8 * 8);
    ck_assert(guest_inject_trap(&fix.vcpu, 6, 0));
}

TEST(bounce, virtual_iopl_is_visible_only_with_its_assist)
{
    start();
    set_trap(6, 0);
    fix.vcpu.iopl = 3;
    bounce_exception(&fix.vcpu, fix.frame, 6, 0);
    ck_assert(!(fixture_stack(fix.frame->rsp)[4] & RFLAGS_IOPL));
    start();
    set_trap(6, 0);
    fix.vcpu.iopl = 3;
    fix.domain.vm_assist = 1u << VMASST_TYPE_architectural_iopl;
    bounce_exception(&fix.vcpu, fix.frame, 6, 0);
    ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[4] & RFLAGS_IOPL, RFLAGS_IOPL);
}
