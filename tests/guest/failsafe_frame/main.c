/* SPDX-License-Identifier: MIT */
/*
 * If a vCPU's DS, ES, FS or GS cannot be loaded any more when it is switched to, its failsafe callback is entered: the
 * frame has the four selectors as they should have been, those that could not be loaded are null, and the interrupted
 * context is where the vCPU was. (abi-facts 3.9)
 *
 * Machine: options="dom0_max_vcpus=2"
 */
#include "guest.h"

#define DATA_SEGMENT 0x00cff3000000ffffUL
#define PRESENT      (1UL << 47)
#define FS_SELECTOR  (4u << 3 | 3)
#define ES_SELECTOR  (5u << 3 | 3)

static uint64_t gdt[512] PAGE_ALIGNED;
static uint64_t selectors[4];
static uint16_t fs_in_handler, es_in_handler;
static uint8_t mask_in_handler;
static struct guest_frame seen;

static void note(struct guest_frame *frame)
{
    seen = *frame;
    memcpy(selectors, entry_selectors, sizeof(selectors));
    __asm__ volatile("mov %%fs, %0; mov %%es, %1" : "=r"(fs_in_handler), "=r"(es_in_handler));
    mask_in_handler = this_vcpu_info()->evtchn_upcall_mask;
}

static void other_vcpu(uint32_t id)
{
    (void)id;
    for (unsigned i = 0; i < 100 && !entries_seen(ENTRY_FAILSAFE); i++)
        (void)hypercall(sched_op, SCHEDOP_yield);
}

static void register_callback(uint16_t flags)
{
    struct callback_register callback = { .type = CALLBACKTYPE_failsafe,
                                          .flags = flags,
                                          .address = entry_point(ENTRY_FAILSAFE) };

    require_eq(hypercall(callback_op, CALLBACKOP_register, &callback), 0, "a failsafe callback");
}

static void lose_fs(void)
{
    this_vcpu_info()->evtchn_upcall_mask = 0;
    require_eq(hypercall(update_descriptor, maddr_of(&gdt[4]), DATA_SEGMENT), 0, "a descriptor");
    __asm__ volatile("mov %w0, %%fs; mov %w1, %%es" : : "r"(FS_SELECTOR), "r"(ES_SELECTOR));
    require_eq(hypercall(update_descriptor, maddr_of(&gdt[4]), DATA_SEGMENT & ~PRESENT), 0,
               "the descriptor is gone");
    require_eq(vcpu_start(1, other_vcpu), 0, "vCPU 1");
    for (unsigned i = 0; i < 100 && !entries_seen(ENTRY_FAILSAFE); i++)
        (void)hypercall(sched_op, SCHEDOP_yield);
    vcpu_wait(1);
}

void test_main(void)
{
    uint64_t frame = mfn_of(gdt);

    events_setup();
    gdt[5] = DATA_SEGMENT;
    require_eq(map_page(gdt, entry_of(gdt, PTE_RO)), 0, "a read-only page");
    require_eq(hypercall(set_gdt, &frame, 512), 0, "a GDT");
    on_entry(ENTRY_FAILSAFE, note);
    register_callback(CALLBACKF_mask_events);
    lose_fs();
    expect_eq(entries_seen(ENTRY_FAILSAFE), 1, "the callback");
    expect_eq(selectors[0], 0, "DS in the frame");
    expect_eq(selectors[1], ES_SELECTOR, "ES in the frame");
    expect_eq(selectors[2], FS_SELECTOR, "FS in the frame");
    expect_eq(selectors[3], 0, "GS in the frame");
    expect_eq(fs_in_handler, 0, "what could not be loaded is null");
    expect_eq(es_in_handler, ES_SELECTOR, "the others are loaded");
    expect_eq(mask_in_handler, 1, "events are masked, as registered");
    expect_eq(seen.cs, FLAT_KERNEL_CS & ~3u, "CS of the interrupted context");
    expect_eq(seen.rflags & RFLAGS_IF, RFLAGS_IF, "and its IF");
}
