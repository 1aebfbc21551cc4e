/* SPDX-License-Identifier: MIT */
/*
 * Bits 32-39 of CS in a frame are evtchn_upcall_mask as it was, and IF in RFLAGS is its opposite. The
 * handler runs with the mask set only if its trap entry has flag 4; iret brings back what IF says.
 * (abi-facts 3.2, 3.8)
 */
#include "guest.h"

static uint8_t mask_in_handler;

static void skip_ud2(struct guest_frame *frame)
{
    mask_in_handler = this_vcpu_info()->evtchn_upcall_mask;
    frame->rip += 2;
    expect_eq(frame->cs >> 32 & 0xff, !(frame->rflags & RFLAGS_IF), "IF is the mask's opposite");
}

static void check(uint8_t flags, uint8_t mask_before, uint8_t expected_in_handler)
{
    require_eq(trap_set(VECTOR_UD, flags, entry_point(VECTOR_UD)), 0, "the trap entry");
    this_vcpu_info()->evtchn_upcall_mask = mask_before;
    __asm__ volatile("ud2" : : : "memory");
    expect_eq(mask_in_handler, expected_in_handler, "the mask in the handler");
    expect_eq(this_vcpu_info()->evtchn_upcall_mask, mask_before, "the mask after iret");
}

void test_main(void)
{
    events_setup();
    on_entry(VECTOR_UD, skip_ud2);
    check(0, 0, 0);
    check(0, 1, 1);
    check(TRAP_INFO_MASK_EVENTS, 0, 1);
    check(TRAP_INFO_MASK_EVENTS, 1, 1);
}
