/* SPDX-License-Identifier: MIT */
/*
 * A context as Linux passes it: CS and SS in the guest's own GDT, which the context names, with IOPL 1 in its flags, GS
 * base and callbacks. All of it is in force at the first instruction. (abi-facts 10.1)
 *
 * Machine: options="dom0_max_vcpus=2"
 */
#include "events.h"
#include "privileged.h"

#define CODE_SEGMENT 0x00affb000000ffffUL
#define DATA_SEGMENT 0x00cff3000000ffffUL

static uint64_t gdt[512] PAGE_ALIGNED;
static uint64_t base_word = 0x1234;
static uint32_t port;
static struct vcpu_guest_context context;

static void other_vcpu(uint32_t id)
{
    uint16_t cs, ss, es;
    uint64_t word;

    __asm__ volatile("mov %%cs, %0; mov %%ss, %1; mov %%es, %2" : "=r"(cs), "=r"(ss), "=r"(es));
    expect_eq(cs, 0x13, "CS");
    expect_eq(ss, 0x1b, "SS");
    expect_eq(es, 0x1b, "ES");
    __asm__ volatile("mov %%gs:0, %0" : "=r"(word));
    expect_eq(word, 0x1234, "GS base");
    expect_eq(msr_get(MSR_KERNEL_GS_BASE), 0x5000, "the user's GS base");
    expect_eq(msr_get(MSR_FS_BASE), 0x6000, "FS base");
    expect_eq(hypercall(get_debugreg, 1), 0x7000, "a debug register");
    (void)port_get(0x80, 1);
    events_enable();
    require_eq(port_send(port), 0, "an event");
    expect_eq(events_taken(), BIT(port), "by the callback of the context");
    expect_eq(this_vcpu(), id, "on its stack");
}

void test_main(void)
{
    gdt[2] = CODE_SEGMENT;
    gdt[3] = DATA_SEGMENT;
    require_eq(map_page(gdt, entry_of(gdt, PTE_RO)), 0, "a read-only page");
    events_setup();
    port = port_ipi(1);
    vcpu_context(1, other_vcpu, &context);
    context.user_regs.cs = 0x10;
    context.user_regs.ss = 0x18;
    context.user_regs.es = context.user_regs.ds = 0x1b;
    context.user_regs.rflags = 0x1000;
    context.gdt_frames[0] = mfn_of(gdt);
    context.gdt_ents = 16;
    context.gs_base_kernel = (uint64_t)&base_word;
    context.gs_base_user = 0x5000;
    context.fs_base = 0x6000;
    context.debugreg[1] = 0x7000;
    context.event_callback_eip = entry_point(ENTRY_EVENT);
    require_eq(hypercall(vcpu_op, VCPUOP_initialise, 1, &context), 0, "initialise");
    require_eq(hypercall(vcpu_op, VCPUOP_up, 1, NULL), 0, "up");
    vcpu_wait(1);
}
