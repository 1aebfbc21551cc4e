/* SPDX-License-Identifier: MIT */
/*
 * getdomaininfolist describes the domains from an id on, in order, as many as there is room for
 * (abi-facts 9.2).
 *
 * Machine: options="dom0_mem=24M"
 */
#include "toolstack.h"

static struct xen_sysctl op;
static struct xen_domctl_getdomaininfo list[8];

static long get(uint16_t first, uint32_t room)
{
    memset(list, 0, sizeof(list));
    op.u.getdomaininfolist = (struct xen_sysctl_getdomaininfolist){ .first_domain = first,
                                                                    .max_domains = room,
                                                                    .buffer = (uint64_t)list };
    return sysctl(XEN_SYSCTL_getdomaininfolist, &op);
}

void test_main(void)
{
    struct child a, b;

    child_make(&a, 1, child_counts, (size_t)(child_counts_end - child_counts));
    child_create(&b, 2);
    expect_eq(get(0, 8), 0, "all");
    expect_eq(op.u.getdomaininfolist.num_domains, 3, "of them");
    expect_eq(list[0].domain, 0, "the control domain");
    expect(list[0].flags & XEN_DOMINF_running, "it runs");
    expect(list[0].tot_pages > 1000 && list[0].max_pages >= list[0].tot_pages, "its memory");
    expect(list[0].cpu_time > 0, "its time");
    expect_eq(list[0].nr_online_vcpus, 1, "its vCPU");
    expect_eq(list[1].domain, a.id, "the first child");
    expect_eq(list[1].tot_pages, CHILD_PAGES, "its memory");
    expect_eq(list[1].shared_info_frame, a.shared_info_mfn, "its shared_info");
    expect_eq(list[2].domain, b.id, "the second child");
    expect_eq(list[2].max_vcpu_id, 1, "its vCPUs");
    expect_eq(get(a.id, 1), 0, "one only");
    expect_eq(op.u.getdomaininfolist.num_domains, 1, "is told");
    expect_eq(list[1].flags, 0, "nothing of the next");
    expect_eq(get((uint16_t)(b.id + 1), 8), 0, "behind the last");
    expect_eq(op.u.getdomaininfolist.num_domains, 0, "is none");
    expect_eq(get(UINT16_MAX, 8), 0, "the highest id");
    expect_eq(op.u.getdomaininfolist.num_domains, 0, "is none");
    op.u.getdomaininfolist.first_domain = 0;
    op.u.getdomaininfolist.buffer = MACH2PHYS_VIRT_START;
    expect_eq(sysctl(XEN_SYSCTL_getdomaininfolist, &op), -XEN_EFAULT, "to nowhere");
    child_destroy(&a);
    child_destroy(&b);
}
