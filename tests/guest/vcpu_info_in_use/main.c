/* SPDX-License-Identifier: MIT */
/*
 * After VCPUOP_register_vcpu_info events, page-fault addresses and the clock of the vCPU are in the new place; the
 * old one is not written any more (abi-facts 10.1).
 */
#include "events.h"

void test_main(void)
{
    uint8_t *page = page_new();
    struct vcpu_register_vcpu_info op = { .mfn = mfn_of(page), .offset = 4096 - 64 };
    struct vcpu_info *new = (struct vcpu_info *)(void *)(page + op.offset);
    volatile struct vcpu_info *old = &shared_info->vcpu_info[0];
    uint32_t ipi = port_ipi(0), second = port_ipi(0);

    events_setup();
    require_eq(hypercall(vcpu_op, VCPUOP_register_vcpu_info, 0, &op), 0, "a new place");
    vcpu_info_is_at(0, new);
    events_enable();
    expect_eq(entries_seen(ENTRY_EVENT), 1, "an upcall, in case something was lost");
    memset((void *)(uint64_t)old, 0, sizeof(*old));

    require_eq(port_send(ipi), 0, "an event");
    expect_eq(events_taken(), BIT(ipi), "is delivered by the new place");
    events_disable();
    require_eq(port_send(second), 0, "another");
    expect_eq(new->evtchn_pending_sel, 1, "in the new place");
    expect_eq(new->evtchn_upcall_pending, 1, "with its upcall");
    expect_eq(old->evtchn_pending_sel | old->evtchn_upcall_pending, 0, "not in the old one");
    expect_eq(try_read((void *)0x12345678000, NULL).vector, VECTOR_PF, "a page fault");
    expect_eq(new->arch.cr2, 0x12345678000, "its address");
    expect_eq(old->arch.cr2, 0, "not in the old place");
    expect(new->time.tsc_to_system_mul &&new->time.version, "the clock");
    expect(time_of(&new->time) > 0, "can be read");
}
