/* SPDX-License-Identifier: MIT */
/*
 * perfc_op lists the counters by name, with one value for each processor, and sets them to zero.
 *
 * Machine: cpus=2 options="dom0_mem=24M dom0_max_vcpus=1"
 */
#include "toolstack.h"

#define COUNTERS_MAX 200u

static struct xen_sysctl op;
static struct xen_sysctl_perfc_desc names[COUNTERS_MAX];
static uint32_t values[COUNTERS_MAX * 2];

static void query(void)
{
    op.u.perfc_op = (struct xen_sysctl_perfc_op){ .cmd = XEN_SYSCTL_PERFCOP_query,
                                                  .desc = (uint64_t)names,
                                                  .val = (uint64_t)values };
    expect_eq(sysctl(XEN_SYSCTL_perfc_op, &op), 0, "query");
}

/* Of both processors. */
static uint32_t counter(const char *name)
{
    uint32_t at = 0, sum = 0;

    for (uint32_t i = 0; i < op.u.perfc_op.nr_counters; at += names[i++].nr_vals) {
        if (strcmp(names[i].name, name))
            continue;
        for (uint32_t j = 0; j < names[i].nr_vals; j++)
            sum += values[at + j];
        return sum;
    }
    failure("there is no counter \"%s\"", name);
    return 0;
}

void test_main(void)
{
    uint32_t before;

    op.u.perfc_op = (struct xen_sysctl_perfc_op){ .cmd = XEN_SYSCTL_PERFCOP_query };
    expect_eq(sysctl(XEN_SYSCTL_perfc_op, &op), 0, "how many");
    require(op.u.perfc_op.nr_counters > 60 && op.u.perfc_op.nr_counters <= COUNTERS_MAX,
            "counters");
    expect_eq(op.u.perfc_op.nr_vals, 2 * op.u.perfc_op.nr_counters, "one for each processor");

    query();
    before = counter("hypercall.xen_version");
    for (unsigned i = 0; i < 10; i++)
        (void)hypercall(xen_version, XENVER_version, NULL);
    query();
    expect_eq(counter("hypercall.xen_version") - before, 10, "ten calls");
    before = counter("trap.UD");
    (void)try_read((void *)8, &(uint64_t){ 0 });
    query();
    expect(counter("trap.PF") > 0, "a page fault");
    expect_eq(counter("trap.UD"), before, "no undefined instruction");

    op.u.perfc_op.cmd = XEN_SYSCTL_PERFCOP_reset;
    expect_eq(sysctl(XEN_SYSCTL_perfc_op, &op), 0, "reset");
    query();
    expect_eq(counter("hypercall.xen_version"), 0, "none since");
    expect_eq(counter("hypercall.sysctl"), 1, "this one");
    op.u.perfc_op.cmd = 3;
    expect_eq(sysctl(XEN_SYSCTL_perfc_op, &op), -XEN_EINVAL, "no such command");
    op.u.perfc_op = (struct xen_sysctl_perfc_op){ .cmd = XEN_SYSCTL_PERFCOP_query,
                                                  .val = MACH2PHYS_VIRT_START };
    expect_eq(sysctl(XEN_SYSCTL_perfc_op, &op), -XEN_EFAULT, "to nowhere");
}
