/* SPDX-License-Identifier: MIT */
/*
 * Affinity, weight and cap: what is set is read back, as far as the machine has it; what cannot be is
 * refused. A vCPU runs on the processors of its hard set only (abi-facts 9.2).
 *
 * Machine: cpus=2 options="dom0_mem=24M dom0_max_vcpus=1"
 */
#include "toolstack.h"

static struct child child;
static uint8_t hard[16], soft[16];

static long affinity(uint32_t command, uint32_t vcpu, uint32_t flags, uint32_t bits)
{
    struct xen_domctl op = { .u.vcpuaffinity = { .vcpu = vcpu,
                                                 .flags = flags,
                                                 .cpumap_hard = { (uint64_t)hard, bits },
                                                 .cpumap_soft = { (uint64_t)soft, bits } } };

    return domctl(command, child.id, &op);
}

#define SET  XEN_DOMCTL_setvcpuaffinity
#define GET  XEN_DOMCTL_getvcpuaffinity
#define HARD XEN_VCPUAFFINITY_HARD
#define SOFT XEN_VCPUAFFINITY_SOFT

static void read_and_set(void)
{
    memset(hard, 0xee, sizeof(hard));
    expect_eq(affinity(GET, 0, HARD | SOFT, 128), 0, "the sets of a new vCPU");
    expect_eq(hard[0], 3, "all processors");
    expect_eq(hard[15], 0, "no others");
    expect_eq(soft[0], 3, "none is better");
    hard[0] = 2;
    expect_eq(affinity(SET, 0, HARD, 8), 0, "the second processor only");
    expect_eq(affinity(GET, 0, HARD | SOFT, 8), 0, "the sets");
    expect_eq(hard[0], 2, "that one");
    expect_eq(soft[0], 2, "what is left to prefer");
    soft[0] = 0xfd;
    expect_eq(affinity(SET, 0, SOFT, 8), 0, "a preference");
    expect_eq(soft[0], 0, "which has no effect");
}

static void refuse_sets(void)
{
    hard[0] = 0;
    expect_eq(affinity(SET, 0, HARD, 8), -XEN_EINVAL, "no processor");
    hard[0] = 4;
    expect_eq(affinity(SET, 0, HARD, 8), -XEN_EINVAL, "one that is not there");
    hard[0] = 0xff;
    expect_eq(affinity(SET, 0, HARD, 0), -XEN_EINVAL, "a set without bits");
    expect_eq(affinity(SET, 0, 0, 8), -XEN_EINVAL, "no set");
    expect_eq(affinity(GET, 0, 8, 8), -XEN_EINVAL, "another kind");
    expect_eq(affinity(SET, 1, HARD, 8), -XEN_EINVAL, "no such vCPU");
    expect_eq(affinity(GET, 1, HARD, 8), -XEN_EINVAL, "no such vCPU");
    expect_eq(affinity(GET, 0, HARD, UINT32_MAX), -XEN_E2BIG, "a set too large to be one");
    hard[0] = 2;
}

static uint32_t processor(void)
{
    struct xen_domctl op = { .u.getvcpuinfo.vcpu = 0 };

    require_eq(domctl(XEN_DOMCTL_getvcpuinfo, child.id, &op), 0, "getvcpuinfo");
    return op.u.getvcpuinfo.cpu;
}

static void run_there(void)
{
    volatile uint64_t *data = child_map(&child, child.mfn[CHILD_DATA]);

    child_unpause(&child);
    while (data[0] < 10)
        (void)hypercall(sched_op, SCHEDOP_yield, NULL);
    expect_eq(processor(), 1, "it runs on the second");
    hard[0] = 1;
    expect_eq(affinity(SET, 0, HARD, 8), 0, "the first");
    while (processor() != 0)
        (void)hypercall(sched_op, SCHEDOP_yield, NULL);
    child_unmap((void *)(uint64_t)data);
}

static long scheduler(uint32_t command, uint16_t weight, uint16_t cap, struct xen_domctl *op)
{
    op->u.scheduler_op = (struct xen_domctl_scheduler_op){ .sched_id = XEN_SCHEDULER_CREDIT2,
                                                           .cmd = command,
                                                           .u.credit2 = { weight, cap } };
    return domctl(XEN_DOMCTL_scheduler_op, child.id, op);
}

static void expect_parameters(uint16_t weight, uint16_t cap)
{
    struct xen_domctl op;

    expect_eq(scheduler(XEN_DOMCTL_SCHEDOP_getinfo, 1, 1, &op), 0, "the parameters");
    expect_eq(op.u.scheduler_op.u.credit2.weight, weight, "weight");
    expect_eq(op.u.scheduler_op.u.credit2.cap, cap, "cap");
}

static void set_parameters(void)
{
    struct xen_domctl op;

    expect_parameters(256, 0);
    expect_eq(scheduler(XEN_DOMCTL_SCHEDOP_putinfo, 512, 50, &op), 0, "both");
    expect_parameters(512, 50);
    expect_eq(scheduler(XEN_DOMCTL_SCHEDOP_putinfo, 0, 0, &op), 0, "the cap only");
    expect_parameters(512, 0);
    expect_eq(scheduler(XEN_DOMCTL_SCHEDOP_putinfo, 256, 65535, &op), -XEN_EINVAL, "a huge cap");
    expect_eq(scheduler(XEN_DOMCTL_SCHEDOP_putvcpuinfo, 1, 1, &op), -XEN_EINVAL, "for a vCPU");
    op.u.scheduler_op.sched_id = XEN_SCHEDULER_CREDIT;
    op.u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_getinfo;
    expect_eq(domctl(XEN_DOMCTL_scheduler_op, child.id, &op), -XEN_EINVAL, "another scheduler");
    expect_parameters(512, 0);
}

static void choose_nodes(void)
{
    struct xen_domctl op = { .u.nodeaffinity.nodemap = { (uint64_t)hard, 8 } };

    hard[0] = 0xff;
    expect_eq(domctl(XEN_DOMCTL_setnodeaffinity, child.id, &op), 0, "all memory nodes");
    expect_eq(domctl(XEN_DOMCTL_getnodeaffinity, child.id, &op), 0, "the nodes");
    expect_eq(hard[0], 1, "there is one");
    hard[0] = 2;
    expect_eq(domctl(XEN_DOMCTL_setnodeaffinity, child.id, &op), -XEN_EINVAL, "another one");
    op.u.nodeaffinity.nodemap.bitmap = MACH2PHYS_VIRT_START;
    expect_eq(domctl(XEN_DOMCTL_getnodeaffinity, child.id, &op), -XEN_EFAULT, "to no memory");
}

void test_main(void)
{
    child_make(&child, 1, child_counts, (size_t)(child_counts_end - child_counts));
    read_and_set();
    refuse_sets();
    run_there();
    set_parameters();
    choose_nodes();
    child_destroy(&child);
}
