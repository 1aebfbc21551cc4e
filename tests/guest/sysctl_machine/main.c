/* SPDX-License-Identifier: MIT */
/*
 * What the machine has: processors, memory, the one scheduler and its pool (abi-facts 9.2).
 *
 * Machine: cpus=2 options="dom0_mem=24M dom0_max_vcpus=1"
 */
#include "toolstack.h"

static struct xen_sysctl op;
static uint64_t words[8];

#define NOWHERE MACH2PHYS_VIRT_START /* can be read, not written */

static void describe_machine(void)
{
    const struct xen_sysctl_physinfo *info = &op.u.physinfo;

    require_eq(sysctl(XEN_SYSCTL_physinfo, &op), 0, "physinfo");
    expect_eq(info->nr_cpus, 2, "processors");
    expect_eq(info->max_cpu_id, 1, "the last one");
    expect_eq(info->nr_nodes, 1, "memory nodes");
    expect_eq(info->capabilities,
              XEN_SYSCTL_PHYSCAP_pv | XEN_SYSCTL_PHYSCAP_directio | XEN_SYSCTL_PHYSCAP_gnttab_v1,
              "what it can do");
    expect(info->cpu_khz > 1000, "frequency");
    expect(info->total_pages > info->free_pages && info->free_pages > 1000, "pages");
    expect(info->max_mfn >= info->total_pages, "highest frame");
    expect(info->hw_cap[0] & BIT(25), "SSE");
}

static void describe_processors(void)
{
    struct xen_sysctl_cputopo places[4];
    uint64_t idle;

    memset(places, 0xff, sizeof(places));
    op.u.cputopoinfo = (struct xen_sysctl_cputopoinfo){ .num_cpus = 0 };
    expect_eq(sysctl(XEN_SYSCTL_cputopoinfo, &op), 0, "how many");
    expect_eq(op.u.cputopoinfo.num_cpus, 2, "processors");
    op.u.cputopoinfo = (struct xen_sysctl_cputopoinfo){ 4, (uint64_t)places };
    expect_eq(sysctl(XEN_SYSCTL_cputopoinfo, &op), 0, "where");
    expect_eq(op.u.cputopoinfo.num_cpus, 2, "processors");
    expect_eq(places[1].core, 1, "core");
    expect_eq(places[1].node, 0, "node");
    expect_eq(places[2].core, -1U, "no third");
    op.u.cputopoinfo = (struct xen_sysctl_cputopoinfo){ 4, NOWHERE };
    expect_eq(sysctl(XEN_SYSCTL_cputopoinfo, &op), -XEN_EFAULT, "to nowhere");

    op.u.getcpuinfo = (struct xen_sysctl_getcpuinfo){ 2, .info = (uint64_t)words };
    expect_eq(sysctl(XEN_SYSCTL_getcpuinfo, &op), 0, "idle times");
    expect_eq(op.u.getcpuinfo.nr_cpus, 2, "of both");
    idle = words[0] + words[1];
    expect(idle > 0, "one of them has nothing to do");
    do /* and goes on so, if it is not just being asked to do something */
        expect_eq(sysctl(XEN_SYSCTL_getcpuinfo, &op), 0, "idle times");
    while (words[0] + words[1] <= idle);
    op.u.getcpuinfo.info = NOWHERE;
    expect_eq(sysctl(XEN_SYSCTL_getcpuinfo, &op), -XEN_EFAULT, "to nowhere");
}

static uint64_t heap(uint32_t least, uint32_t most)
{
    op.u.availheap =
        (struct xen_sysctl_availheap){ .min_bitwidth = least, .max_bitwidth = most, .node = -1 };
    expect_eq(sysctl(XEN_SYSCTL_availheap, &op), 0, "free memory");
    return op.u.availheap.avail_bytes;
}

static void describe_memory(void)
{
    expect_eq(heap(0, 0), free_pages() * 4096, "all that is free");
    expect(heap(0, 25) <= 32UL << 20, "below 32 MiB");
    expect_eq(heap(40, 0), 0, "above 1 TiB");
    op.u.availheap.node = 1;
    expect_eq(sysctl(XEN_SYSCTL_availheap, &op), -XEN_EINVAL, "of a second node");

    op.u.numainfo = (struct xen_sysctl_numainfo){ .num_nodes = 0 };
    expect_eq(sysctl(XEN_SYSCTL_numainfo, &op), 0, "how many nodes");
    expect_eq(op.u.numainfo.num_nodes, 1, "nodes");
    op.u.numainfo.meminfo = (uint64_t)words;
    op.u.numainfo.distance = (uint64_t)&words[4];
    expect_eq(sysctl(XEN_SYSCTL_numainfo, &op), 0, "the node");
    expect_eq(words[1], free_pages() * 4096, "its free memory");
    expect_eq((uint32_t)words[4], 10, "distance");
    op.u.numainfo.meminfo = NOWHERE;
    expect_eq(sysctl(XEN_SYSCTL_numainfo, &op), -XEN_EFAULT, "to nowhere");
}

static void describe_scheduler(void)
{
    expect_eq(sysctl(XEN_SYSCTL_sched_id, &op), 0, "scheduler");
    expect_eq(op.u.sched_id.sched_id, XEN_SCHEDULER_CREDIT2, "is");
    op.u.scheduler_op = (struct xen_sysctl_scheduler_op){ .sched_id = XEN_SCHEDULER_CREDIT2,
                                                          .cmd = XEN_SYSCTL_SCHEDOP_getinfo };
    expect_eq(sysctl(XEN_SYSCTL_scheduler_op, &op), 0, "its parameters");
    expect_eq(op.u.scheduler_op.u.sched_credit2.ratelimit_us, 1000, "shortest slice");
    op.u.scheduler_op.cmd = XEN_SYSCTL_SCHEDOP_putinfo;
    expect_eq(sysctl(XEN_SYSCTL_scheduler_op, &op), 0, "as it is");
    op.u.scheduler_op.u.sched_credit2.ratelimit_us = 500;
    expect_eq(sysctl(XEN_SYSCTL_scheduler_op, &op), -XEN_EOPNOTSUPP, "shorter");
    op.u.scheduler_op.sched_id = XEN_SCHEDULER_RTDS;
    expect_eq(sysctl(XEN_SYSCTL_scheduler_op, &op), -XEN_EINVAL, "another scheduler");
    op.u.scheduler_op.cpupool_id = 1;
    expect_eq(sysctl(XEN_SYSCTL_scheduler_op, &op), -XEN_ESRCH, "another pool");
}

static long pool(uint32_t command, uint32_t id)
{
    op.u.cpupool_op = (struct xen_sysctl_cpupool_op){ .op = command,
                                                      .cpupool_id = id,
                                                      .cpumap = { (uint64_t)words, 128 } };
    return sysctl(XEN_SYSCTL_cpupool_op, &op);
}

static void describe_pool(void)
{
    memset(words, 0xff, sizeof(words));
    expect_eq(pool(XEN_SYSCTL_CPUPOOL_OP_INFO, 0), 0, "the pool");
    expect_eq(op.u.cpupool_op.cpupool_id, 0, "its id");
    expect_eq(op.u.cpupool_op.n_dom, 1, "its domains");
    expect_eq(words[0], 3, "its processors");
    expect_eq(words[1], 0, "no others");
    expect_eq(words[2], -1UL, "nothing behind the map");
    expect_eq(pool(XEN_SYSCTL_CPUPOOL_OP_INFO, 1), -XEN_ENOENT, "the next one");
    expect_eq(pool(XEN_SYSCTL_CPUPOOL_OP_FREEINFO, 0), 0, "processors of no pool");
    expect_eq(words[0], 0, "none");
    expect_eq(pool(XEN_SYSCTL_CPUPOOL_OP_CREATE, 0), -XEN_EOPNOTSUPP, "a new one");
}

void test_main(void)
{
    describe_machine();
    describe_processors();
    describe_memory();
    describe_scheduler();
    describe_pool();
}
