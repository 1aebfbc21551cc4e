/* SPDX-License-Identifier: MIT */
/*
 * A registered time area holds a second copy of the clock, equal to the one in vcpu_info (vcpu.h).
 */
#include "guest.h"

static struct vcpu_time_info area;

void test_main(void)
{
    struct vcpu_register_time_memory_area registration = { .addr.v = (uint64_t)&area };
    const struct vcpu_time_info *time = &shared_info->vcpu_info[0].time;

    expect_eq(hypercall(vcpu_op, VCPUOP_register_vcpu_time_memory_area, 0, &registration), 0,
              "an area");
    expect(area.version != 0 && !(area.version & 1), "is filled at once");
    expect_eq(area.tsc_to_system_mul, time->tsc_to_system_mul, "the multiplier");
    expect_eq(area.tsc_shift, time->tsc_shift, "the shift");
    expect_eq(area.flags, time->flags, "the flags");
    registration.addr.v = HYPERVISOR_VIRT_START;
    expect(hypercall(vcpu_op, VCPUOP_register_vcpu_time_memory_area, 0, &registration) <= 0,
           "an area in the hypervisor's range does no harm");
    expect_eq(hypercall(vcpu_op, VCPUOP_register_vcpu_time_memory_area, 0, NULL), -XEN_EFAULT,
              "a null argument");
}
