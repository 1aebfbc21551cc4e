/* SPDX-License-Identifier: MIT */
/*
 * An NMI interrupts whatever the event mask is, runs its handler masked, and is not delivered again before that handler's iret; one
 * that was sent meanwhile then comes. (abi-facts 3.3, 3.8)
 */
#include "guest.h"

static unsigned depth, deepest, nmis;
static uint8_t mask_in_handler, mask_in_frame;

static void handle(struct guest_frame *frame)
{
    mask_in_handler = this_vcpu_info()->evtchn_upcall_mask;
    mask_in_frame = (uint8_t)(frame->cs >> 32);
    if (++depth > deepest)
        deepest = depth;
    if (nmis++ == 0) {
        expect_eq(hypercall(vcpu_op, VCPUOP_send_nmi, 0, NULL), 0, "one within the handler");
        expect_eq(hypercall(vcpu_op, VCPUOP_send_nmi, 0, NULL), 0, "another");
        (void)hypercall(sched_op, SCHEDOP_yield);
        expect_eq(nmis, 1, "is not delivered within it");
    }
    depth--;
}

void test_main(void)
{
    struct callback_register callback = { .type = CALLBACKTYPE_nmi,
                                          .address = entry_point(ENTRY_NMI) };

    events_setup();
    on_entry(ENTRY_NMI, handle);
    require_eq(hypercall(callback_op, CALLBACKOP_register, &callback), 0, "a handler");
    require_eq(this_vcpu_info()->evtchn_upcall_mask, 1, "events are masked");
    expect_eq(hypercall(vcpu_op, VCPUOP_send_nmi, 0, NULL), 0, "an NMI");
    expect_eq(nmis, 2, "it, and one for those that were sent meanwhile");
    expect_eq(deepest, 1, "one after the other");
    expect_eq(mask_in_handler, 1, "the mask in the handler");
    expect_eq(mask_in_frame, 1, "the mask in the frame");

    this_vcpu_info()->evtchn_upcall_mask = 0;
    expect_eq(hypercall(vcpu_op, VCPUOP_send_nmi, 0, NULL), 0, "an NMI");
    expect_eq(nmis, 3, "is delivered");
    expect_eq(mask_in_handler, 1, "events are masked in its handler");
    expect_eq(mask_in_frame, 0, "but not in the frame");
    expect_eq(this_vcpu_info()->evtchn_upcall_mask, 0, "nor afterwards");
}
