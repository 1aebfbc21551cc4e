/* SPDX-License-Identifier: MIT */
/*
 * Small settings of a domain: TSC mode, wall clock offset, handle, I/O ports, hypercall page; and what
 * its frames are used as (abi-facts 9.2).
 *
 * Machine: options="dom0_mem=24M"
 */
#include "toolstack.h"

static struct child child;
static struct xen_domctl op;

static void set_tsc(void)
{
    op.u.tsc_info = (struct xen_domctl_tsc_info){ .tsc_mode = 0, .incarnation = 3 };
    expect_eq(domctl(XEN_DOMCTL_settscinfo, child.id, &op), 0, "native");
    expect_eq(domctl(XEN_DOMCTL_gettscinfo, child.id, &op), 0, "the mode");
    expect_eq(op.u.tsc_info.tsc_mode, 0, "mode");
    expect_eq(op.u.tsc_info.incarnation, 3, "incarnation");
    expect(op.u.tsc_info.gtsc_khz > 1000, "frequency");
    expect(op.u.tsc_info.elapsed_nsec > 0, "time");
    op.u.tsc_info.tsc_mode = 1;
    expect_eq(domctl(XEN_DOMCTL_settscinfo, child.id, &op), -XEN_EOPNOTSUPP, "emulated");
    expect_eq(domctl(XEN_DOMCTL_gettscinfo, 99, &op), -XEN_ESRCH, "of nobody");
}

static void shift_clock(void)
{
    volatile struct shared_info *shared = child_map(&child, child.shared_info_mfn);
    uint32_t before = shared->wc_sec;

    op.u.settimeoffset.time_offset_seconds = 3600;
    expect_eq(domctl(XEN_DOMCTL_settimeoffset, child.id, &op), 0, "an hour");
    expect_eq(shared->wc_sec - before, 3600, "is what its wall clock moved by");
    expect_eq(domctl(XEN_DOMCTL_settimeoffset, 99, &op), -XEN_ESRCH, "of nobody");
    child_unmap((void *)(uint64_t)shared);
}

static void set_handle(void)
{
    memset(op.u.setdomainhandle.handle, 0x77, sizeof(op.u.setdomainhandle.handle));
    expect_eq(domctl(XEN_DOMCTL_setdomainhandle, child.id, &op), 0, "a handle");
    expect_eq(child_info(&child).handle[3], 0x77, "is what it has");
    expect_eq(domctl(XEN_DOMCTL_setdomainhandle, 99, &op), -XEN_ESRCH, "of nobody");
}

static long give_ports(uint32_t first, uint32_t count, uint8_t allow)
{
    op.u.ioport_permission = (struct xen_domctl_ioport_permission){ first, count, allow };
    return domctl(XEN_DOMCTL_ioport_permission, child.id, &op);
}

static void set_ports(void)
{
    expect_eq(give_ports(0x2f8, 8, 1), 0, "a serial port");
    expect_eq(give_ports(0x2f8, 8, 0), 0, "and back");
    expect_eq(give_ports(0xfff8, 9, 1), -XEN_EINVAL, "beyond the last");
    expect_eq(give_ports(0x20, 2, 1), -XEN_EPERM, "an interrupt controller");
    expect_eq(give_ports(0xffffffff, 2, 1), -XEN_EINVAL, "no ports");
}

static void fill_hypercall_page(void)
{
    uint8_t *page = child_map(&child, child.mfn[CHILD_SPARE]);

    memset(page, 0, 4096);
    op.u.hypercall_init.gmfn = child.mfn[CHILD_SPARE];
    expect_eq(domctl(XEN_DOMCTL_hypercall_init, child.id, &op), 0, "a page");
    expect(page[0] && page[29 * 32], "it has slots");
    child_unmap(page);
    op.u.hypercall_init.gmfn = child.mfn[CHILD_L1];
    expect(domctl(XEN_DOMCTL_hypercall_init, child.id, &op) < 0, "a page table");
    op.u.hypercall_init.gmfn = mfn_of(page_new());
    expect(domctl(XEN_DOMCTL_hypercall_init, child.id, &op) < 0, "another domain's");
    op.u.hypercall_init.gmfn = 1UL << 50;
    expect_eq(domctl(XEN_DOMCTL_hypercall_init, child.id, &op), -XEN_EINVAL, "no memory");
}

static void describe_frames(void)
{
    uint64_t frames[] = { child.mfn[CHILD_L4], child.mfn[CHILD_L1], child.mfn[CHILD_DATA],
                          mfn_of(page_new()), 1UL << 50 };

    op.u.getpageframeinfo3 = (struct xen_domctl_getpageframeinfo3){ 5, (uint64_t)frames };
    expect_eq(domctl(XEN_DOMCTL_getpageframeinfo3, child.id, &op), 0, "five frames");
    expect_eq(frames[0], XEN_DOMCTL_PFINFO_L4TAB | XEN_DOMCTL_PFINFO_LPINTAB, "the L4");
    expect_eq(frames[1], XEN_DOMCTL_PFINFO_L1TAB, "an L1");
    expect_eq(frames[2], XEN_DOMCTL_PFINFO_NOTAB, "data");
    expect_eq(frames[3], XEN_DOMCTL_PFINFO_XTAB, "not its own");
    expect_eq(frames[4], XEN_DOMCTL_PFINFO_XTAB, "no memory");
    op.u.getpageframeinfo3.num = 1025;
    expect_eq(domctl(XEN_DOMCTL_getpageframeinfo3, child.id, &op), -XEN_E2BIG, "too many");
    op.u.getpageframeinfo3 = (struct xen_domctl_getpageframeinfo3){ 1, MACH2PHYS_VIRT_START };
    expect_eq(domctl(XEN_DOMCTL_getpageframeinfo3, child.id, &op), -XEN_EFAULT, "nowhere");
}

void test_main(void)
{
    child_make(&child, 1, child_ends, (size_t)(child_ends_end - child_ends));
    set_tsc();
    shift_clock();
    set_handle();
    set_ports();
    fill_hypercall_page();
    describe_frames();
    child_destroy(&child);
}
