/* SPDX-License-Identifier: MIT */
/*
 * A multicall stops between entries to let a pending event be delivered, and goes on with the rest
 * (abi-facts 2.2). Nothing of the list is done twice or left out.
 */
#include "guest.h"

#define COUNT   60000u
#define SENDING 100u /* this entry makes an event pending */

#define UNTOUCHED 77u

static struct multicall_entry calls[COUNT];
static uint64_t entries_at_event;

static void count_done(struct guest_frame *frame)
{
    (void)frame;
    __atomic_store_n(&shared_info->vcpu_info[0].evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST);
    (void)__atomic_exchange_n(&shared_info->vcpu_info[0].evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
    if (entries_at_event)
        return;
    while (entries_at_event < COUNT && calls[entries_at_event].result != UNTOUCHED)
        entries_at_event++;
}

void test_main(void)
{
    struct evtchn_bind_ipi bind = { .vcpu = 0 };
    struct evtchn_send send;

    for (unsigned i = 0; i < COUNT; i++)
        calls[i] = (struct multicall_entry){ .op = __HYPERVISOR_xen_version,
                                             .result = UNTOUCHED,
                                             .args = { XENVER_version } };
    events_setup();
    on_entry(ENTRY_EVENT, count_done);
    require_eq(hypercall(event_channel_op, EVTCHNOP_bind_ipi, &bind), 0, "a port");
    send.port = bind.port;
    calls[SENDING].op = __HYPERVISOR_event_channel_op;
    calls[SENDING].args[0] = EVTCHNOP_send;
    calls[SENDING].args[1] = (uint64_t)&send;
    events_enable();
    expect_eq(hypercall(multicall, calls, COUNT), 0, "the list");
    events_disable();
    for (unsigned i = 0; i < COUNT; i++) {
        if (calls[i].result != (i == SENDING ? 0 : 0x40011)) {
            failure("entry %u has the result %#lx", i, calls[i].result);
            break;
        }
    }
    print("the event came after %lu entries", entries_at_event);
    expect(entries_at_event > SENDING && entries_at_event < COUNT,
           "the event came within the list");
}
