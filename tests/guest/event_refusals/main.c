/* SPDX-License-Identifier: MIT */
/*
 * event_channel_op refuses commands that do not exist and arguments that cannot be read; sending needs a
 * port that can be sent to (event_channel.h).
 */
#include "guest.h"

static long send(uint32_t port)
{
    return hypercall(event_channel_op, EVTCHNOP_send, &port);
}

void test_main(void)
{
    struct evtchn_bind_virq timer = { .virq = VIRQ_TIMER };

    for (uint32_t command = 0; command <= 13; command++) {
        long result = hypercall(event_channel_op, command, NULL);

        if (result != -XEN_EFAULT)
            failure("command %u with a null argument: %ld", command, result);
        result = hypercall(event_channel_op, command, HYPERVISOR_VIRT_START);
        if (result != -XEN_EFAULT)
            failure("command %u with the hypervisor's address: %ld", command, result);
    }
    expect_eq(hypercall(event_channel_op, 14, &timer), -XEN_ENOSYS, "reset_cont");
    expect_eq(hypercall(event_channel_op, 15, &timer), -XEN_ENOSYS, "beyond the last");
    expect_eq(hypercall(event_channel_op, ~0u, &timer), -XEN_ENOSYS, "the largest");

    require_eq(hypercall(event_channel_op, EVTCHNOP_bind_virq, &timer), 0, "the timer");
    expect_eq(send(timer.port), -XEN_EINVAL, "to a virtual interrupt");
    expect_eq(send(0), -XEN_EINVAL, "to port 0");
    expect_eq(send(100), -XEN_EINVAL, "to a free port");
    expect_eq(send(~0u), -XEN_EINVAL, "to the largest number");
}
