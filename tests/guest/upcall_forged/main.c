/* SPDX-License-Identifier: MIT */
/*
 * The guest may set upcall_pending itself, as it does when it re-enables events and finds some; it gets an
 * upcall for it, and nothing else happens (abi-facts 7.2).
 */
#include "events.h"

void test_main(void)
{
    events_setup();
    this_vcpu_info()->evtchn_pending_sel = ~0UL;
    this_vcpu_info()->evtchn_upcall_pending = 0xff;
    events_enable();
    expect_eq(entries_seen(ENTRY_EVENT), 1, "an upcall");
    expect_eq(events_taken(), 0, "for nothing");
    shared_info->evtchn_pending[0] = BIT(3);
    this_vcpu_info()->evtchn_pending_sel = 1;
    this_vcpu_info()->evtchn_upcall_pending = 1;
    (void)hypercall(sched_op, SCHEDOP_yield);
    expect_eq(entries_seen(ENTRY_EVENT), 2, "another");
    expect_eq(events_taken(), BIT(3), "for a port that is not bound");
}
