/* SPDX-License-Identifier: MIT */
/*
 * pausedomain and unpausedomain count; a domain runs when no pause is left, and getvcpuinfo says what a
 * vCPU does (abi-facts 9.2).
 *
 * Machine: cpus=2 options="dom0_mem=24M dom0_max_vcpus=1"
 */
#include "toolstack.h"

static struct child child;
static volatile uint64_t *counter;

static void yield(void)
{
    (void)hypercall(sched_op, SCHEDOP_yield, NULL);
}

static void expect_running(void)
{
    uint64_t before = *counter;

    while (*counter < before + 10)
        yield();
}

static void expect_stopped(void)
{
    uint64_t before = *counter;

    for (unsigned i = 0; i < 1000; i++)
        yield();
    expect_eq(*counter, before, "it does not run");
}

static struct xen_domctl_getvcpuinfo vcpu_info(void)
{
    struct xen_domctl op = { .u.getvcpuinfo.vcpu = 0 };

    expect_eq(domctl(XEN_DOMCTL_getvcpuinfo, child.id, &op), 0, "getvcpuinfo");
    return op.u.getvcpuinfo;
}

static void count_pauses(void)
{
    expect_stopped();
    expect_eq(domctl_plain(XEN_DOMCTL_pausedomain, child.id), 0, "a second pause");
    child_unpause(&child);
    expect_stopped();
    expect(child_flags(&child) & XEN_DOMINF_paused, "it is paused");
    child_unpause(&child);
    expect_running();
    expect(!(child_flags(&child) & XEN_DOMINF_paused), "it is not paused");
    expect_eq(domctl_plain(XEN_DOMCTL_unpausedomain, child.id), -XEN_EINVAL, "one too many");
    expect_running();
    expect(vcpu_info().online, "its vCPU is up");
    expect(vcpu_info().cpu_time > 0, "time it ran");
    expect_eq(domctl_plain(XEN_DOMCTL_pausedomain, child.id), 0, "pause");
    expect_stopped();
    expect(!vcpu_info().running, "it runs nowhere");
    expect(!(child_flags(&child) & XEN_DOMINF_running), "as the domain says");
    child_unpause(&child);
    expect_running();
}

void test_main(void)
{
    struct xen_domctl op = { .u.getvcpuinfo.vcpu = 1 };

    child_make(&child, 1, child_counts, (size_t)(child_counts_end - child_counts));
    counter = child_map(&child, child.mfn[CHILD_DATA]);
    count_pauses();
    expect_eq(domctl(XEN_DOMCTL_getvcpuinfo, child.id, &op), -XEN_EINVAL, "no such vCPU");
    expect_eq(domctl_plain(XEN_DOMCTL_pausedomain, 0), -XEN_EINVAL, "itself");
    child_unmap((void *)(uint64_t)counter);
    child_destroy(&child);
}
