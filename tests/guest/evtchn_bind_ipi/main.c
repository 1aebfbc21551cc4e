/* SPDX-License-Identifier: MIT */
/*
 * bind_ipi makes a port that the domain sends to itself, and that notifies the vCPU it was made for
 * (abi-facts 7.1).
 *
 * Machine: cpus=2
 */
#include "events.h"

static uint32_t port;
static volatile bool is_ready, is_done;

static void other_vcpu(uint32_t id)
{
    (void)id;
    events_setup();
    events_enable();
    is_ready = true;
    while (!events_taken())
        cpu_relax();
    is_done = true;
}

void test_main(void)
{
    struct evtchn_bind_ipi bad = { .vcpu = 2 };

    port = port_ipi(1);
    expect_eq(port_status(port).status, EVTCHNSTAT_ipi, "its status");
    expect_eq(port_status(port).vcpu, 1, "its vCPU");
    events_setup();
    events_enable();
    require_eq(vcpu_start(1, other_vcpu), 0, "vCPU 1");
    while (!is_ready)
        cpu_relax();
    expect_eq(port_send(port), 0, "an IPI");
    while (!is_done)
        cpu_relax();
    expect_eq(entries_seen(ENTRY_EVENT), 1, "one upcall");
    expect_eq(events_taken(), 0, "none of them on vCPU 0");

    expect_eq(evtchn(bind_ipi, &bad), -XEN_ENOENT, "no such vCPU");
    bad.vcpu = ~0u;
    expect_eq(evtchn(bind_ipi, &bad), -XEN_ENOENT, "the largest number");
    vcpu_wait(1);
}
