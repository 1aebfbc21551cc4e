/* SPDX-License-Identifier: MIT */
/*
 * settime64 and settime32 set the wall clock of all domains, by the version protocol of shared_info
 * (platform.h; abi-facts 1.7): wc_* is UTC at system time 0.
 *
 * Machine: domains=1
 */
#include "guest.h"

static uint64_t wallclock_seconds(void)
{
    return (uint64_t)shared_info->wc_sec_hi << 32 | shared_info->wc_sec;
}

void neighbour_main(uint32_t id)
{
    (void)id;
    meet(CONTROL_DOMAIN);
    expect_eq(wallclock_seconds(), 5000000000UL - 7, "what the control domain set");
    meet(CONTROL_DOMAIN);
}

void test_main(void)
{
    struct xen_platform_op op = { .cmd = XENPF_settime64,
                                  .interface_version = XENPF_INTERFACE_VERSION };
    uint32_t version = shared_info->wc_version;

    expect(!(version & 1), "no update is under way");
    op.u.settime64.secs = 5000000000UL;
    op.u.settime64.nsecs = 250000000;
    op.u.settime64.system_time = 6500000000UL;
    expect_eq(hypercall(platform_op, &op), 0, "a time");
    expect_eq(wallclock_seconds(), 5000000000UL - 7, "seconds at system time 0");
    expect_eq(shared_info->wc_nsec, 750000000, "and nanoseconds");
    expect(shared_info->wc_version != version && !(shared_info->wc_version & 1), "by the version");
    meet(1);
    meet(1);
    op.u.settime64.mbz = 1;
    expect_eq(hypercall(platform_op, &op), -XEN_EINVAL, "a field that must be zero");
    op.u.settime64.mbz = 0;
    op.u.settime64.nsecs = 1000000000;
    expect_eq(hypercall(platform_op, &op), -XEN_EINVAL, "a second of nanoseconds");
    op.cmd = XENPF_settime32;
    op.u.settime32.secs = 1000;
    op.u.settime32.nsecs = 0;
    op.u.settime32.system_time = 0;
    expect_eq(hypercall(platform_op, &op), 0, "the 32-bit form");
    expect_eq(wallclock_seconds(), 1000, "sets it too");
    op.u.settime32.nsecs = 1000000000;
    expect_eq(hypercall(platform_op, &op), -XEN_EINVAL, "a second of nanoseconds");
    neighbour_wait(1);
}
