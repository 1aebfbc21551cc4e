/* SPDX-License-Identifier: MIT */
/*
 * A handler whose flags have bit 2 runs with events masked, and others with the mask as it was; iret
 * brings the mask back from the frame (xen.h; abi-facts 2.2).
 */
#include "guest.h"

static uint8_t mask_inside;

static void note(struct guest_frame *frame)
{
    (void)frame;
    mask_inside = shared_info->vcpu_info[0].evtchn_upcall_mask;
}

extern uint8_t guest_trap_entries[];

static void set_flags(uint8_t vector, uint8_t flags)
{
    struct trap_info list[2] = { { .vector = vector,
                                   .flags = flags,
                                   .cs = FLAT_KERNEL_CS,
                                   .address = (uint64_t)(guest_trap_entries + vector * 64) },
                                 { 0 } };

    require_eq(hypercall(set_trap_table, list), 0, "a handler");
}

void test_main(void)
{
    events_setup();
    on_entry(0x40, note);
    set_flags(0x40, 3 | TRAP_INFO_MASK_EVENTS);
    events_enable();
    __asm__ volatile("int $0x40");
    expect_eq(mask_inside, 1, "masked inside");
    expect_eq(shared_info->vcpu_info[0].evtchn_upcall_mask, 0, "and not afterwards");
    set_flags(0x40, 3);
    __asm__ volatile("int $0x40");
    expect_eq(mask_inside, 0, "another handler is not masked");
    events_disable();
    __asm__ volatile("int $0x40");
    expect_eq(mask_inside, 1, "unless it was before");
    expect_eq(shared_info->vcpu_info[0].evtchn_upcall_mask, 1, "and still is");
}
