/* SPDX-License-Identifier: MIT */
/*
 * VCPUOP_send_nmi makes the vCPU take its NMI callback, also while its events are masked; without a
 * callback it is refused (vcpu.h, nmi.h).
 */
#include "guest.h"

extern uint8_t guest_nmi_entry[];

static unsigned nmis;

static void count(struct guest_frame *frame)
{
    (void)frame;
    nmis++;
}

void test_main(void)
{
    struct xennmi_callback callback = { .handler_address = (uint64_t)guest_nmi_entry };

    expect_eq(hypercall(vcpu_op, VCPUOP_send_nmi, 0), -XEN_EINVAL, "without a callback");
    on_entry(ENTRY_NMI, count);
    expect_eq(hypercall(nmi_op, XENNMI_register_callback, &callback), 0, "a callback");
    expect_eq(hypercall(vcpu_op, VCPUOP_send_nmi, 0), 0, "an NMI");
    expect_eq(nmis, 1, "is taken at the return");
    expect_eq(hypercall(vcpu_op, VCPUOP_send_nmi, 0), 0, "another");
    expect_eq(nmis, 2, "is taken");
    expect_eq(hypercall(nmi_op, XENNMI_unregister_callback), 0, "no callback");
    expect_eq(hypercall(vcpu_op, VCPUOP_send_nmi, 0), -XEN_EINVAL, "then none is sent");
    callback.handler_address = 0x800000000000UL;
    expect_eq(hypercall(nmi_op, XENNMI_register_callback, &callback), -XEN_EINVAL,
              "a non-canonical callback");
    expect_eq(hypercall(nmi_op, XENNMI_register_callback, NULL), -XEN_EFAULT, "a null argument");
    expect_eq(hypercall(nmi_op, 2), -XEN_ENOSYS, "a command that does not exist");
}
