/* SPDX-License-Identifier: MIT */
/*
 * When the last vCPU of a domain goes down, the domain has powered off (abi-facts 10.1).
 *
 * Machine: expect="the control domain powers off"
 */
#include "guest.h"

void test_main(void)
{
    (void)hypercall(vcpu_op, VCPUOP_down, 0);
    print("still here");
}
