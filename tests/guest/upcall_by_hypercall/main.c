/* SPDX-License-Identifier: MIT */
/*
 * An upcall that is pending when the vCPU returns from any hypercall is delivered if it is not masked;
 * the handler always runs masked, whatever the callback's flags say. upcall_pending is the guest's to clear.
 * (abi-facts 3.7, 7.2)
 */
#include "events.h"

static uint8_t mask_in_handler, pending_in_handler;
static uint64_t selector_in_handler;
static struct guest_frame last;

static void look(struct guest_frame *frame)
{
    struct vcpu_info *info = this_vcpu_info();

    last = *frame;
    mask_in_handler = info->evtchn_upcall_mask;
    pending_in_handler = info->evtchn_upcall_pending;
    selector_in_handler = info->evtchn_pending_sel;
    info->evtchn_upcall_pending = 0;
    info->evtchn_pending_sel = 0;
}

void test_main(void)
{
    uint32_t ipi;

    for (ipi = 0; ipi < 70;)
        ipi = port_ipi(0);
    events_setup();
    on_entry(ENTRY_EVENT, look);
    require_eq(port_send(ipi), 0, "while events are masked");
    (void)hypercall(xen_version, XENVER_version);
    expect_eq(entries_seen(ENTRY_EVENT), 0, "no upcall");
    expect_eq(this_vcpu_info()->evtchn_upcall_pending, 1, "but it is pending");

    this_vcpu_info()->evtchn_upcall_mask = 0;
    barrier();
    expect_eq(entries_seen(ENTRY_EVENT), 0, "unmasking alone is no entry");
    expect_eq(hypercall(xen_version, XENVER_version), 0x40011, "a hypercall's result stays");
    expect_eq(entries_seen(ENTRY_EVENT), 1, "the upcall");
    expect_eq(mask_in_handler, 1, "the mask in the handler");
    expect_eq(pending_in_handler, 1, "the pending byte in the handler");
    expect_eq(selector_in_handler, BIT(ipi / 64), "the words to look at");
    expect(last.rflags & RFLAGS_IF, "the frame says that events were on");
    expect_eq(last.cs, FLAT_KERNEL_CS & ~3u, "and so does its CS");
    expect_eq(this_vcpu_info()->evtchn_upcall_mask, 0, "the mask after iret");

    require_eq(port_send(ipi), 0, "a port that is pending already");
    expect_eq(entries_seen(ENTRY_EVENT), 1, "no second upcall");
    event_clear(ipi);
    require_eq(port_send(ipi), 0, "a port that was cleared");
    expect_eq(entries_seen(ENTRY_EVENT), 2, "an upcall at once");
}
