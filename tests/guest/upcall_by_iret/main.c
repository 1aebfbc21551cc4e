/* SPDX-License-Identifier: MIT */
/*
 * iret that sets IF delivers what is pending before anything at its target runs, and iret that does not
 * leaves events masked (abi-facts 3.7, 3.8).
 */
#include "events.h"

static struct guest_frame at_event;

static void take(struct guest_frame *frame)
{
    at_event = *frame;
    this_vcpu_info()->evtchn_upcall_pending = 0;
}

void test_main(void)
{
    struct iret_context context = { .rip = (uint64_t)undefined_instruction,
                                    .cs = FLAT_KERNEL_CS & ~3u,
                                    .rsp = (uint64_t)spare_stack + SPARE_STACK_BYTES,
                                    .ss = FLAT_KERNEL_SS };
    struct try_result result;

    events_setup();
    on_entry(ENTRY_EVENT, take);
    require_eq(port_send(port_ipi(0)), 0, "an IPI");
    result = try_iret(&context);
    expect_eq(result.vector, VECTOR_UD, "the target");
    expect_eq(entries_seen(ENTRY_EVENT), 0, "no upcall without IF");
    expect_eq(result.frame.cs >> 32, 1, "events are masked there");

    context.rflags = RFLAGS_IF;
    result = try_iret(&context);
    expect_eq(result.vector, VECTOR_UD, "the target");
    expect_eq(entries_seen(ENTRY_EVENT), 1, "an upcall with IF");
    expect_eq(at_event.rip, undefined_instruction, "before the target's first instruction");
    expect_eq(result.frame.cs >> 32, 0, "events are not masked there");
}
