/* SPDX-License-Identifier: MIT */
/*
 * With VGCF_online in its context a vCPU runs as soon as it is initialised (vcpu.h).
 *
 * Machine: cpus=2
 */
#include "guest.h"

static volatile uint32_t runs;

static void other(uint32_t id)
{
    (void)id;
    runs++;
}

void test_main(void)
{
    static struct vcpu_guest_context context;

    vcpu_context(1, other, &context);
    context.flags |= VGCF_online;
    expect_eq(hypercall(vcpu_op, VCPUOP_initialise, 1, &context), 0, "initialise");
    vcpu_wait(1);
    expect_eq(runs, 1, "it ran");
}
