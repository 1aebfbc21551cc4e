/* SPDX-License-Identifier: MIT */
/*
 * VCPUOP_initialise refuses a context with anything that a guest could not set otherwise, and leaves
 * the vCPU as if nothing had happened (XSA-296; abi-facts 10.1).
 *
 * Machine: cpus=2
 */
#include "guest.h"

static struct vcpu_guest_context context;
static volatile uint32_t runs;

static void other(uint32_t id)
{
    (void)id;
    runs++;
}

#define NON_CANONICAL 0x800000000000UL

static void expect_refused(uint64_t *field, uint64_t value, const char *what)
{
    vcpu_context(1, other, &context);
    *field = value;
    expect(hypercall(vcpu_op, VCPUOP_initialise, 1, &context) < 0, what);
    expect_eq(hypercall(vcpu_op, VCPUOP_up, 1), -XEN_EINVAL, "it is not initialised by that");
}

void test_main(void)
{
    expect_refused(&context.user_regs.rip, NON_CANONICAL, "rip");
    expect_refused(&context.event_callback_eip, NON_CANONICAL, "event callback");
    expect_refused(&context.failsafe_callback_eip, NON_CANONICAL, "failsafe callback");
    expect_refused(&context.syscall_callback_eip, NON_CANONICAL, "syscall callback");
    expect_refused(&context.trap_ctxt[14].address, NON_CANONICAL, "a trap handler");
    expect_refused(&context.trap_ctxt[255].address, NON_CANONICAL, "the last trap handler");
    expect_refused(&context.fs_base, NON_CANONICAL, "FS base");
    expect_refused(&context.gs_base_kernel, NON_CANONICAL, "GS base");
    expect_refused(&context.gs_base_user, NON_CANONICAL, "the user's GS base");
    expect_refused(&context.debugreg[0], HYPERVISOR_VIRT_START, "a breakpoint on the hypervisor");
    expect_refused(&context.ctrlreg[3], 0, "no root");
    expect_refused(&context.ctrlreg[3], maddr_of(&context) & ~4095UL, "a root that is none");
    expect_refused(&context.ctrlreg[3], 0xfffffffff000UL, "a root that does not exist");
    expect_refused(&context.ctrlreg[3], 0x100000, "the hypervisor's image as root");
    expect_refused(&context.gdt_ents, 7169, "too many descriptors");
    expect_refused(&context.ldt_ents, 8193, "too many local descriptors");
    vcpu_context(1, other, &context);
    context.gdt_frames[0] = mfn_of(&context);
    context.gdt_ents = 16;
    expect(hypercall(vcpu_op, VCPUOP_initialise, 1, &context) < 0, "a GDT that can be written");
    expect_eq(hypercall(vcpu_op, VCPUOP_initialise, 1, NULL), -XEN_EFAULT, "no context");
    expect_eq(hypercall(vcpu_op, VCPUOP_initialise, 1, HYPERVISOR_VIRT_START), -XEN_EFAULT,
              "a context in the hypervisor's range");

    vcpu_context(1, other, &context);
    expect_eq(hypercall(vcpu_op, VCPUOP_initialise, 1, &context), 0, "a good one");
    require_eq(hypercall(vcpu_op, VCPUOP_up, 1), 0, "up");
    vcpu_wait(1);
    expect_eq(runs, 1, "it ran");
}
