/* SPDX-License-Identifier: MIT */
/*
 * shared_info has a vcpu_info for 32 vCPUs only. The others run and can be sent events, but get them only after they have
 * registered a place of their own, and lose none (abi-facts 10.1).
 *
 * Machine: options="dom0_max_vcpus=34"
 */
#include "events.h"

#define ID 33u

static uint32_t port;
static uint8_t *page;
static volatile bool has_event;

static void other_vcpu(uint32_t id)
{
    struct vcpu_register_vcpu_info op = { .mfn = mfn_of(page), .offset = 64 };

    vcpu_info_is_at(id, (struct vcpu_info *)(void *)(page + 64));
    require_eq(hypercall(vcpu_op, VCPUOP_register_vcpu_info, id, &op), 0, "a place of its own");
    events_setup();
    events_enable();
    has_event = events_taken() == BIT(port);
}

void test_main(void)
{
    page = page_new();
    port = port_ipi(ID);
    expect_eq(port_send(port), 0, "an event before there is a place for it");
    require_eq(vcpu_start(ID, other_vcpu), 0, "a vCPU above 32");
    vcpu_wait(ID);
    expect(has_event, "it gets the event");
}
