/* SPDX-License-Identifier: MIT */
/*
 * createdomain and max_vcpus: what cannot be is refused with the ABI's errno and leaves no domain
 * behind; the id that is asked for is given, or one is picked (abi-facts 9.2).
 *
 * Machine: options="dom0_mem=24M"
 */
#include "toolstack.h"

static struct xen_domctl op;
#define CREATE (op.u.createdomain)

static long create(uint16_t id)
{
    return domctl(XEN_DOMCTL_createdomain, id, &op);
}

#define expect_refused(field, value, error)                                                        \
    do {                                                                                           \
        child_request(&op, 1);                                                                     \
        CREATE.field = (value);                                                                    \
        expect_eq(create(DOMID_INVALID), -(error), #field " " #value);                             \
    } while (0)

static void refuse_wishes(void)
{
    expect_refused(flags, XEN_DOMCTL_CDF_hvm, XEN_EINVAL);
    expect_refused(flags, XEN_DOMCTL_CDF_iommu, XEN_EINVAL);
    expect_refused(flags, 1u << 31, XEN_EINVAL);
    expect_refused(iommu_opts, 1, XEN_EINVAL);
    expect_refused(max_vcpus, 0, XEN_EINVAL);
    expect_refused(max_vcpus, 129, XEN_EINVAL);
    expect_refused(max_vcpus, UINT32_MAX, XEN_EINVAL);
    expect_refused(max_grant_frames, 0, XEN_EINVAL);
    expect_refused(max_grant_frames, INT32_MAX, XEN_EINVAL);
    expect_refused(max_maptrack_frames, INT32_MAX, XEN_EINVAL);
    expect_refused(grant_opts, 0, XEN_EINVAL);
    expect_refused(grant_opts, 3, XEN_EINVAL);
    expect_refused(grant_opts, 0x11, XEN_EINVAL);
    expect_refused(vmtrace_size, 4096, XEN_EINVAL);
    expect_refused(cpupool_id, 1, XEN_EINVAL);
    expect_refused(arch.emulation_flags, XEN_X86_EMU_LAPIC, XEN_EINVAL);
    expect_refused(arch.misc_flags, 2, XEN_EINVAL);
    op.domain = 1;
    expect_eq(domctl(XEN_DOMCTL_getdomaininfo, 1, &op), -XEN_ESRCH, "nothing was made");
}

static void destroy(uint16_t id)
{
    struct child child = { .id = id };

    child_destroy(&child);
}

static void choose_ids(void)
{
    child_request(&op, 3);
    CREATE.flags = XEN_DOMCTL_CDF_xs_domain;
    CREATE.ssidref = 12;
    require_eq(create(77), 0, "an id that is free");
    expect_eq(op.domain, 77, "the id");
    child_request(&op, 1);
    expect_eq(create(77), -XEN_EEXIST, "an id that is taken");
    expect(create(5000) < 0, "an id that is too high");
    require_eq(create(0), 0, "any id");
    expect(op.domain != 0 && op.domain != 77, "a fresh id");
    destroy(op.domain);

    require_eq(domctl(XEN_DOMCTL_getdomaininfo, 70, &op), 0, "the first from an id on");
    expect_eq(op.domain, 77, "is that one");
    expect_eq(op.u.getdomaininfo.domain, 77, "in the answer as well");
    expect_eq(op.u.getdomaininfo.flags, XEN_DOMINF_paused | XEN_DOMINF_xs_domain, "its flags");
    expect_eq(op.u.getdomaininfo.max_vcpu_id, XEN_INVALID_MAX_VCPU_ID, "no vCPUs yet");
    expect_eq(op.u.getdomaininfo.ssidref, 12, "its label");
    expect_eq(op.u.getdomaininfo.handle[15], 0xaf, "its handle");
    expect_eq(domctl(XEN_DOMCTL_getdomaininfo, 78, &op), -XEN_ESRCH, "none from there on");
}

static void add_vcpus(void)
{
    op.u.max_vcpus.max = 4;
    expect_eq(domctl(XEN_DOMCTL_max_vcpus, 77, &op), -XEN_EINVAL, "more vCPUs than were said");
    op.u.max_vcpus.max = 3;
    expect_eq(domctl(XEN_DOMCTL_max_vcpus, 77, &op), 0, "as many");
    expect_eq(domctl(XEN_DOMCTL_max_vcpus, 77, &op), 0, "again");
    require_eq(domctl(XEN_DOMCTL_getdomaininfo, 77, &op), 0, "it");
    expect_eq(op.u.getdomaininfo.max_vcpu_id, 2, "its vCPUs");
    expect_eq(op.u.getdomaininfo.nr_online_vcpus, 0, "none of them is up");
    op.u.address_size.size = 32;
    expect_eq(domctl(XEN_DOMCTL_set_address_size, 77, &op), -XEN_EINVAL, "a 32-bit guest");
    expect_eq(domctl(XEN_DOMCTL_get_address_size, 77, &op), 0, "its width");
    expect_eq(op.u.address_size.size, 64, "is 64");
}

void test_main(void)
{
    refuse_wishes();
    choose_ids();
    add_vcpus();
    destroy(77);
    expect_eq(domctl_plain(XEN_DOMCTL_destroydomain, 0), -XEN_EINVAL, "the control domain");
    expect_eq(domctl_plain(XEN_DOMCTL_destroydomain, 77), -XEN_ESRCH, "one that is not there");
    expect_eq(domctl_plain(XEN_DOMCTL_destroydomain, DOMID_SELF), -XEN_ESRCH, "no id");
}
