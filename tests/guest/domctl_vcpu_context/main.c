/* SPDX-License-Identifier: MIT */
/*
 * setvcpucontext and getvcpucontext: what is set is read back, NULL resets, a state that no vCPU may
 * have is refused, and a second vCPU that the toolstack sets runs (abi-facts 9.4).
 *
 * Machine: cpus=2 options="dom0_mem=24M dom0_max_vcpus=1"
 */
#include "toolstack.h"

static struct child child;
static struct vcpu_guest_context context, read;

static long get(uint32_t id)
{
    struct xen_domctl op = { .u.vcpucontext = { .vcpu = id, .ctxt = (uint64_t)&read } };

    return domctl(XEN_DOMCTL_getvcpucontext, child.id, &op);
}

static void compare(void)
{
    require_eq(get(0), 0, "its state");
    expect_eq(read.flags & (VGCF_in_kernel | VGCF_online), VGCF_in_kernel | VGCF_online, "flags");
    expect_eq(read.user_regs.rip, context.user_regs.rip, "rip");
    expect_eq(read.user_regs.rsp, context.user_regs.rsp, "rsp");
    expect_eq(read.user_regs.rbx, context.user_regs.rbx, "rbx");
    expect_eq(read.kernel_sp, context.kernel_sp, "kernel_sp");
    expect_eq(read.ctrlreg[3], context.ctrlreg[3], "cr3");
    expect_eq(read.ctrlreg[1], 0, "no user page tables");
    expect_eq(read.debugreg[6], context.debugreg[6], "dr6");
}

static void refuse_states(void)
{
    child_context(&child, 0, &context);
    context.user_regs.rip = 1UL << 47;
    expect_eq(child_set_context(&child, 0, &context), -XEN_EINVAL, "an address that is not one");
    child_context(&child, 0, &context);
    context.debugreg[0] = MACH2PHYS_VIRT_START;
    context.debugreg[7] = 0x401;
    expect(child_set_context(&child, 0, &context) < 0, "a breakpoint in the hypervisor");
    child_context(&child, 0, &context);
    context.ctrlreg[3] = child.mfn[CHILD_DATA] << 12;
    context.gdt_ents = 1;
    expect(child_set_context(&child, 0, &context) < 0, "a page that is no L4, and a bad GDT");
    child_context(&child, 0, &context);
    context.ctrlreg[3] = mfn_of(&child) << 12;
    expect(child_set_context(&child, 0, &context) < 0, "page tables of another domain");
    context.ctrlreg[3] = 1UL << 50;
    expect(child_set_context(&child, 0, &context) < 0, "page tables that are no memory");
    child_context(&child, 0, &context);
    expect_eq(child_set_context(&child, 2, &context), -XEN_EINVAL, "a vCPU that is not there");
    expect_eq(child_set_context(&child, UINT32_MAX, &context), -XEN_EINVAL, "one beyond all");
    expect_eq(child_set_context(&child, 0, (void *)MACH2PHYS_VIRT_START), -XEN_EFAULT, "no memory");
}

static void set_and_reset(void)
{
    expect_eq(get(0), -XEN_ENODATA, "no state yet");
    refuse_states();
    expect_eq(get(0), -XEN_ENODATA, "still none");
    child_context(&child, 0, &context);
    expect_eq(child_set_context(&child, 0, &context), 0, "a good one");
    compare();
    expect_eq(child_info(&child).nr_online_vcpus, 1, "it is up");
    expect_eq(child_set_context(&child, 0, NULL), 0, "reset");
    expect_eq(get(0), -XEN_ENODATA, "its state is gone");
    expect_eq(child_info(&child).nr_online_vcpus, 0, "it is down");
    expect_eq(child_set_context(&child, 0, &context), 0, "a good one again");
    compare();
}

static void run_both(void)
{
    volatile uint64_t *data = child_map(&child, child.mfn[CHILD_DATA]);

    child_context(&child, 1, &context);
    expect_eq(child_set_context(&child, 1, &context), 0, "the second vCPU");
    child_unpause(&child);
    while (data[0] < 10 || data[8] < 10)
        (void)hypercall(sched_op, SCHEDOP_yield, NULL);
    expect_eq(get(1), 0, "the state of one that runs");
    expect_eq(read.user_regs.rbx, CHILD_VIRT(CHILD_DATA) + 64, "its rbx");
    expect_eq(child_set_context(&child, 1, NULL), 0, "force it down");
    expect_eq(child_info(&child).nr_online_vcpus, 1, "one goes on");
    child_unmap((void *)(uint64_t)data);
}

void test_main(void)
{
    struct xen_domctl op = { .u.vcpucontext.ctxt = (uint64_t)&read };

    child_create(&child, 2);
    child_load(&child, child_counts, (size_t)(child_counts_end - child_counts));
    set_and_reset();
    run_both();
    child_destroy(&child);
    expect_eq(domctl(XEN_DOMCTL_getvcpucontext, 0, &op), -XEN_EINVAL, "the caller's own");
    expect_eq(domctl(XEN_DOMCTL_setvcpucontext, 0, &op), -XEN_EINVAL, "the caller's own");
}
