/* SPDX-License-Identifier: MIT */
/*
 * Data selectors of a vCPU's context that cannot be loaded, among them those of the hypervisor, which ring 0 could load, lead to the
 * failsafe callback at the vCPU's first instruction, and are null (abi-facts 3.9).
 *
 * Machine: options="dom0_max_vcpus=5"
 */
#include "guest.h"

static uint64_t selectors[4];
static uint16_t loaded[4];

static void note(struct guest_frame *frame)
{
    (void)frame;
    memcpy(selectors, entry_selectors, sizeof(selectors));
    __asm__ volatile("mov %%ds, %0; mov %%es, %1; mov %%fs, %2; mov %%gs, %3"
                     : "=r"(loaded[0]), "=r"(loaded[1]), "=r"(loaded[2]), "=r"(loaded[3]));
}

static void nothing(uint32_t id)
{
    (void)id;
}

static void check(uint32_t id, uint16_t selector)
{
    static struct vcpu_guest_context context;
    uint64_t before = entries_seen(ENTRY_FAILSAFE);

    vcpu_context(id, nothing, &context);
    context.failsafe_callback_eip = entry_point(ENTRY_FAILSAFE);
    context.user_regs.ds = context.user_regs.es = selector;
    context.user_regs.fs = context.user_regs.gs = selector;
    require_eq(hypercall(vcpu_op, VCPUOP_initialise, id, &context), 0, "initialise");
    require_eq(hypercall(vcpu_op, VCPUOP_up, id, NULL), 0, "up");
    vcpu_wait(id);
    expect_eq(entries_seen(ENTRY_FAILSAFE) - before, 1, "the failsafe callback");
    for (unsigned i = 0; i < 4; i++) {
        expect_eq(selectors[i], selector, "the selector in its frame");
        expect_eq(loaded[i], 0, "what is loaded");
    }
}

void test_main(void)
{
    on_entry(ENTRY_FAILSAFE, note);
    check(1, 0xe008);
    check(2, 0xe010);
    check(3, 0x1003);
    check(4, 0xf003);
}
