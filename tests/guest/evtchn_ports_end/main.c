/* SPDX-License-Identifier: MIT */
/*
 * The 2-level ABI has ports below 4096; when all are taken, more are refused with -ENOSPC, and the others work
 * on. A freed one can be had again. (abi-facts 7.1)
 */
#include "events.h"

void test_main(void)
{
    struct evtchn_alloc_unbound op = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
    struct evtchn_bind_ipi ipi = { .vcpu = 0 };
    struct evtchn_bind_virq virq = { .virq = VIRQ_TIMER };
    struct evtchn_bind_interdomain bind = { .remote_dom = DOMID_SELF, .remote_port = 7 };
    uint32_t count = 0;
    long result;

    while ((result = evtchn(alloc_unbound, &op)) == 0) {
        if (op.port != ++count)
            failure("port %u follows %u", op.port, count - 1);
    }
    expect_eq(result, -XEN_ENOSPC, "the end");
    expect_eq(count, 4095, "ports in all");
    expect_eq(evtchn(bind_ipi, &ipi), -XEN_ENOSPC, "an IPI");
    expect_eq(evtchn(bind_virq, &virq), -XEN_ENOSPC, "a virq");
    expect_eq(evtchn(bind_interdomain, &bind), -XEN_ENOSPC, "a peer");
    expect_eq(port_status(7).status, EVTCHNSTAT_unbound, "which is not bound by half");

    require_eq(port_close(4095), 0, "the last is freed");
    expect_eq(evtchn(bind_interdomain, &bind), 0, "a peer");
    expect_eq(bind.local_port, 4095, "at the last port");
    expect(event_is_pending(4095), "it is pending");
    expect_eq(this_vcpu_info()->evtchn_pending_sel, BIT(63), "in the last word");
}
