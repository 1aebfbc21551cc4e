/* SPDX-License-Identifier: MIT */
/*
 * What a vCPU made the hypervisor do is counted for it alone; what is done about the processor's
 * vulnerabilities can be read one by one (calls of ours, hypercall-abi/domctl.h and sysctl.h).
 *
 * Machine: cpus=1 options="dom0_mem=24M dom0_max_vcpus=1"
 */
#include "toolstack.h"

static struct xen_domctl_parapet_counters counters_of(uint16_t domain)
{
    struct xen_domctl op = { .u.parapet_counters = { .vcpu = 0 } };

    expect_eq(domctl(XEN_DOMCTL_parapet_counters, domain, &op), 0, "the counters");
    return op.u.parapet_counters;
}

static void count_ones_own(void)
{
    struct xen_domctl op = { .u.parapet_counters = { .vcpu = 1 } };
    struct xen_domctl_parapet_counters before = counters_of(0), after;

    for (unsigned i = 0; i < 10; i++)
        (void)hypercall(xen_version, XENVER_version, NULL);
    (void)try_read((void *)8, &(uint64_t){ 0 });
    after = counters_of(0);
    expect_eq(after.hypercalls - before.hypercalls, 11, "ten calls and this one");
    expect(after.traps > before.traps, "a page fault");
    expect_eq(after.grant_maps, before.grant_maps, "no grant");
    expect_eq(domctl(XEN_DOMCTL_parapet_counters, 0, &op), -XEN_ENOENT, "no such vCPU");
}

static void count_a_childs(void)
{
    struct child child;

    child_create(&child, 1);
    expect_eq(counters_of(child.id).hypercalls, 0, "it has not run");
    expect_eq(counters_of(child.id).switches, 0, "it has not run");
    child_destroy(&child);
}

static void list_mitigations(void)
{
    static char text[300];
    struct xen_sysctl op = { .u.parapet_mitigation = { .bytes = sizeof(text),
                                                       .text = (uint64_t)text } };
    uint32_t index = 0;

    while (!sysctl(XEN_SYSCTL_parapet_mitigation, &op)) {
        require(text[0] && strlen(text) < sizeof(text), "its name and what is done");
        op.u.parapet_mitigation.index = ++index;
        require(index < 64, "an end");
    }
    expect_eq(sysctl(XEN_SYSCTL_parapet_mitigation, &op), -XEN_ENOENT, "none from the last on");
    print("%u vulnerabilities\n", index);
    if (!index)
        return;
    op.u.parapet_mitigation = (struct xen_sysctl_parapet_mitigation){ .text = (uint64_t)text };
    expect_eq(sysctl(XEN_SYSCTL_parapet_mitigation, &op), -XEN_ENOBUFS, "no room");
    op.u.parapet_mitigation =
        (struct xen_sysctl_parapet_mitigation){ .bytes = sizeof(text),
                                                .text = MACH2PHYS_VIRT_START };
    expect_eq(sysctl(XEN_SYSCTL_parapet_mitigation, &op), -XEN_EFAULT, "to nowhere");
}

void test_main(void)
{
    count_ones_own();
    count_a_childs();
    list_mitigations();
}
