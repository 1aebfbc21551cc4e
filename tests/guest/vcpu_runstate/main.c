/* SPDX-License-Identifier: MIT */
/*
 * The runstate says how long a vCPU has been in which state; the four times add up to the time since
 * it exists. A registered area is filled at once and kept up to date (vcpu.h).
 *
 * Machine: cpus=2
 */
#include "guest.h"

static struct vcpu_runstate_info area;

static uint64_t total(const struct vcpu_runstate_info *info)
{
    return info->time[0] + info->time[1] + info->time[2] + info->time[3];
}

void test_main(void)
{
    struct vcpu_runstate_info info = { 0 }, later = { 0 };
    struct vcpu_register_runstate_memory_area registration = { .addr.v = (uint64_t)&area };

    expect_eq(hypercall(vcpu_op, VCPUOP_get_runstate_info, 0, &info), 0, "own");
    expect_eq(info.state, RUNSTATE_running, "running");
    expect(info.time[RUNSTATE_running] > 0, "for some time");
    for (volatile unsigned i = 0; i < 100000; i++)
        continue;
    expect_eq(hypercall(vcpu_op, VCPUOP_get_runstate_info, 0, &later), 0, "again");
    expect(later.time[RUNSTATE_running] > info.time[RUNSTATE_running], "it runs on");
    expect(total(&later) > total(&info), "time passes");
    expect_eq(hypercall(vcpu_op, VCPUOP_get_runstate_info, 1, &info), 0, "the other one");
    expect_eq(info.state, RUNSTATE_offline, "is offline");
    expect_eq(info.time[RUNSTATE_running], 0, "and has never run");

    expect_eq(hypercall(vcpu_op, VCPUOP_register_runstate_memory_area, 0, &registration), 0,
              "an area");
    expect_eq(area.state, RUNSTATE_running, "is filled at once");
    expect(total(&area) > 0, "with the times");
    registration.addr.v = HYPERVISOR_VIRT_START;
    (void)hypercall(vcpu_op, VCPUOP_register_runstate_memory_area, 0, &registration);
    expect_eq(hypercall(vcpu_op, VCPUOP_get_runstate_info, 0, NULL), -XEN_EFAULT, "a null buffer");
}
