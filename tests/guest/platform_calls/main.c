/* SPDX-License-Identifier: MIT */
/*
 * platform_op is for the control domain, has a version, and a command that must exist (platform.h;
 * abi-facts 2.1: firmware_info ends each of Linux's loops by -ESRCH).
 *
 * Machine: domains=1 cpus=2
 */
#include "guest.h"

static struct xen_platform_op op;

static long platform(uint32_t command)
{
    op.cmd = command;
    op.interface_version = XENPF_INTERFACE_VERSION;
    return hypercall(platform_op, &op);
}

void neighbour_main(uint32_t id)
{
    (void)id;
    expect_eq(platform(XENPF_get_cpuinfo), -XEN_EPERM, "an ordinary domain");
    expect_eq(platform(XENPF_get_cpu_version), -XEN_EPERM, "nor the processors' kind");
    expect_eq(platform(XENPF_settime64), -XEN_EPERM, "not even the time");
}

void test_main(void)
{
    memset(&op, 0, sizeof(op));
    op.u.pcpu_info.xen_cpuid = 1;
    expect_eq(platform(XENPF_get_cpuinfo), 0, "processor 1");
    expect_eq(op.u.pcpu_info.max_present, 1, "the last one");
    expect_eq(op.u.pcpu_info.flags, XEN_PCPU_FLAGS_ONLINE, "is up");
    expect_eq(op.u.pcpu_info.apic_id, 1, "its APIC id");
    op.u.pcpu_info.xen_cpuid = 7;
    expect_eq(platform(XENPF_get_cpuinfo), 0, "processor 7");
    expect_eq(op.u.pcpu_info.flags, XEN_PCPU_FLAGS_INVALID, "is none");

    memset(&op, 0, sizeof(op));
    expect_eq(platform(XENPF_get_cpu_version), 0, "processor 0's kind");
    expect_eq(op.u.pcpu_version.max_present, 1, "the last one");
    expect(op.u.pcpu_version.family >= 6 && op.u.pcpu_version.vendor_id[0], "has a name");
    op.u.pcpu_version.xen_cpuid = 7;
    expect_eq(platform(XENPF_get_cpu_version), 0, "processor 7's");
    expect_eq(op.u.pcpu_version.family, 0, "is none");

    memset(&op, 0, sizeof(op));
    op.u.firmware_info.type = XEN_FW_KBD_SHIFT_FLAGS;
    expect_eq(platform(XENPF_firmware_info), 0, "the keyboard's state");
    op.u.firmware_info.type = XEN_FW_DISK_INFO;
    expect_eq(platform(XENPF_firmware_info), -XEN_ESRCH, "no disk");
    op.u.firmware_info.type = XEN_FW_DISK_MBR_SIGNATURE;
    expect_eq(platform(XENPF_firmware_info), -XEN_ESRCH, "no signature");
    op.u.firmware_info.type = 77;
    expect_eq(platform(XENPF_firmware_info), -XEN_EINVAL, "no such information");
    memset(&op, 0, sizeof(op));
    op.u.enter_acpi_sleep.sleep_state = 3;
    expect(platform(XENPF_enter_acpi_sleep) < 0, "a sleep that is not offered");
    expect_eq(platform(1000), -XEN_ENOSYS, "a command that does not exist");
    op.interface_version = XENPF_INTERFACE_VERSION + 1;
    expect_eq(hypercall(platform_op, &op), -XEN_EACCES, "another version");
    expect_eq(hypercall(platform_op, NULL), -XEN_EFAULT, "null");
    neighbour_wait(1);
}
