/* SPDX-License-Identifier: MIT */
/*
 * A failsafe callback registered without CALLBACKF_mask_events is entered with the event mask as it was; without any callback
 * the domain is crashed (abi-facts 3.9).
 *
 * Machine: options="dom0_max_vcpus=2"
 */
#include "guest.h"

#define DATA_SEGMENT 0x00cff3000000ffffUL
#define PRESENT      (1UL << 47)

static uint64_t gdt[512] PAGE_ALIGNED;
static uint8_t mask_in_handler = 77;
static volatile bool is_over;

static void note(struct guest_frame *frame)
{
    (void)frame;
    mask_in_handler = this_vcpu_info()->evtchn_upcall_mask;
}

static void other_vcpu(uint32_t id)
{
    (void)id;
    while (!is_over)
        (void)hypercall(sched_op, SCHEDOP_yield);
}

static void lose_gs(void)
{
    uint64_t before = entries_seen(ENTRY_FAILSAFE);

    require_eq(hypercall(update_descriptor, maddr_of(&gdt[4]), DATA_SEGMENT), 0, "a descriptor");
    __asm__ volatile("mov %w0, %%gs" : : "r"(4u << 3 | 3));
    require_eq(hypercall(update_descriptor, maddr_of(&gdt[4]), DATA_SEGMENT & ~PRESENT), 0,
               "the descriptor is gone");
    for (unsigned i = 0; i < 100 && entries_seen(ENTRY_FAILSAFE) == before; i++)
        (void)hypercall(sched_op, SCHEDOP_yield);
}

void test_main(void)
{
    uint64_t frame = mfn_of(gdt), event = entry_point(ENTRY_EVENT);

    events_setup();
    require_eq(map_page(gdt, entry_of(gdt, PTE_RO)), 0, "a read-only page");
    require_eq(hypercall(set_gdt, &frame, 512), 0, "a GDT");
    require_eq(vcpu_start(1, other_vcpu), 0, "vCPU 1");
    on_entry(ENTRY_FAILSAFE, note);
    require_eq(hypercall(set_callbacks, event, entry_point(ENTRY_FAILSAFE), 0), 0, "a callback");
    this_vcpu_info()->evtchn_upcall_mask = 0;
    lose_gs();
    expect_eq(mask_in_handler, 0, "the mask in the handler");
    require_eq(hypercall(set_callbacks, event, 0, 0), 0, "no callback");
    expect_crash("no failsafe callback");
    lose_gs();
}
