/* SPDX-License-Identifier: MIT */
/*
 * A multicall stops between entries to let a pending event be delivered, and goes on with the rest
 * (abi-facts 2.2). Nothing of the list is done twice or left out.
 */
#include "guest.h"

#define COUNT 60000u

static struct multicall_entry calls[COUNT];
static uint64_t entries_at_event;

static void count_done(struct guest_frame *frame)
{
    (void)frame;
    __atomic_store_n(&shared_info->vcpu_info[0].evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST);
    (void)__atomic_exchange_n(&shared_info->vcpu_info[0].evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
    if (entries_at_event)
        return;
    while (entries_at_event < COUNT && calls[entries_at_event].result)
        entries_at_event++;
}

void test_main(void)
{
    struct evtchn_bind_virq bind = { .virq = VIRQ_TIMER, .vcpu = 0 };

    for (unsigned i = 0; i < COUNT; i++)
        calls[i] =
            (struct multicall_entry){ .op = __HYPERVISOR_xen_version, .args = { XENVER_version } };
    events_setup();
    on_entry(ENTRY_EVENT, count_done);
    require_eq(hypercall(event_channel_op, EVTCHNOP_bind_virq, &bind), 0, "a timer port");
    events_enable();
    require_eq(hypercall(set_timer_op, system_time() + 500000), 0, "a timer within the list");
    expect_eq(hypercall(multicall, calls, COUNT), 0, "the list");
    events_disable();
    for (unsigned i = 0; i < COUNT; i++) {
        if (calls[i].result != 0x40011) {
            failure("entry %u has the result %#lx", i, calls[i].result);
            break;
        }
    }
    print("the event came after %lu entries", entries_at_event);
    expect(entries_at_event > 0 && entries_at_event < COUNT, "the event came within the list");
}
