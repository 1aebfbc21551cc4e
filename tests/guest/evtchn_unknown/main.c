/* SPDX-License-Identifier: MIT */
/*
 * Commands that do not exist are -ENOSYS, also reset_cont, which guests never give; arguments that cannot be
 * read, or written back, are -EFAULT and have no effect (abi-facts 7.1, 11.5).
 */
#include "events.h"

static struct {
    uint8_t before[4096 - sizeof(struct evtchn_alloc_unbound)];
    struct evtchn_alloc_unbound alloc;
} page PAGE_ALIGNED;

void test_main(void)
{
    static const uint64_t bad[] = {
        0, 0x1000, 0x800000000000, HYPERVISOR_VIRT_START, 0xffff840000000000, ~0UL
    };

    expect_eq(hypercall(event_channel_op, EVTCHNOP_reset_cont, &page), -XEN_ENOSYS, "reset_cont");
    expect_eq(hypercall(event_channel_op, 15, &page), -XEN_ENOSYS, "the next number");
    expect_eq(hypercall(event_channel_op, ~0u, &page), -XEN_ENOSYS, "the largest number");

    for (unsigned i = 0; i < ARRAY_COUNT(bad); i++) {
        for (unsigned command = 0; command <= EVTCHNOP_set_priority; command++)
            expect_eq(hypercall(event_channel_op, command, bad[i]), -XEN_EFAULT, "a bad pointer");
    }
    page.alloc = (struct evtchn_alloc_unbound){ .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
    require_eq(map_page(&page, entry_of(&page, PTE_RO)), 0, "a read-only page");
    expect_eq(evtchn(alloc_unbound, &page.alloc), -XEN_EFAULT, "no way to answer");
    require_eq(map_page(&page, entry_of(&page, PTE_RW)), 0, "writable again");
    expect_eq(port_unbound(), 1, "no port was taken");
    require_eq(port_close(1), 0, "closing");
    expect_eq(evtchn(alloc_unbound, &page.alloc), 0, "in the last bytes of a page");
}
