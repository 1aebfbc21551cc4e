/* SPDX-License-Identifier: MIT */
/*
 * unmask clears a port's mask bit, and if the port is pending its vCPU is notified. While it was masked it
 * was not, only the pending bit was set. (abi-facts 7.1, 7.2)
 */
#include "events.h"

void test_main(void)
{
    struct vcpu_info *info = this_vcpu_info();
    uint32_t ipi = port_ipi(0), closed = port_unbound();

    require_eq(port_close(closed), 0, "a port is closed");
    event_mask(ipi, true);
    expect_eq(port_unmask(ipi), 0, "unmasking what is not pending");
    expect_eq(info->evtchn_upcall_pending, 0, "no upcall");

    event_mask(ipi, true);
    require_eq(port_send(ipi), 0, "an IPI while it is masked");
    expect(event_is_pending(ipi), "it is pending");
    expect_eq(info->evtchn_pending_sel, 0, "but its word is not selected");
    expect_eq(info->evtchn_upcall_pending, 0, "and there is no upcall");
    expect_eq(port_unmask(ipi), 0, "unmasking");
    expect_eq(shared_info->evtchn_mask[0] >> ipi & 1, 0, "the mask bit");
    expect_eq(info->evtchn_pending_sel, 1, "the word is selected");
    expect_eq(info->evtchn_upcall_pending, 1, "an upcall");

    info->evtchn_upcall_pending = 0;
    info->evtchn_pending_sel = 0;
    expect_eq(port_unmask(ipi), 0, "unmasking what is not masked");
    expect_eq(info->evtchn_upcall_pending, 0, "no second upcall");

    expect_eq(port_unmask(closed), -XEN_EINVAL, "a free port");
    expect_eq(port_unmask(0), -XEN_EINVAL, "port 0");
    expect_eq(port_unmask(4000), -XEN_EINVAL, "a port that never was");
    expect_eq(port_unmask(~0u), -XEN_EINVAL, "the largest number");
}
