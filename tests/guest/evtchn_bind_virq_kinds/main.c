/* SPDX-License-Identifier: MIT */
/*
 * bind_virq: those of a vCPU for any vCPU, each once; the others on vCPU 0 only. Each may be bound again when
 * its port was closed. (abi-facts 6.7)
 *
 * Machine: options="dom0_max_vcpus=2"
 */
#include "events.h"

#define OF_VCPU (BIT(VIRQ_TIMER) | BIT(VIRQ_DEBUG) | BIT(VIRQ_XENOPROF) | BIT(VIRQ_XENPMU))

static long bind(uint32_t virq, uint32_t vcpu, uint32_t *port)
{
    struct evtchn_bind_virq op = { .virq = virq, .vcpu = vcpu };
    long result = evtchn(bind_virq, &op);

    *port = op.port;
    return result;
}

static void check(uint32_t virq)
{
    bool is_of_vcpu = OF_VCPU >> virq & 1;
    uint32_t port, second;
    struct evtchn_status status;

    expect_eq(bind(virq, 0, &port), 0, "on vCPU 0");
    status = port_status(port);
    expect_eq(status.status, EVTCHNSTAT_virq, "its status");
    expect_eq(status.u.virq, virq, "its number");
    expect_eq(status.vcpu, 0, "its vCPU");
    expect_eq(bind(virq, 0, &second), -XEN_EEXIST, "a second time");

    expect_eq(bind(virq, 1, &second), is_of_vcpu ? 0 : -XEN_EINVAL, "on vCPU 1");
    if (is_of_vcpu) {
        expect_eq(port_status(second).vcpu, 1, "its vCPU");
        require_eq(port_close(second), 0, "closing the second");
    }
    require_eq(port_close(port), 0, "closing");
    expect_eq(bind(virq, 0, &second), 0, "again after closing");
    expect_eq(second, port, "at the same port");
    require_eq(port_close(second), 0, "closing again");
}

void test_main(void)
{
    uint32_t port;

    for (uint32_t virq = 0; virq < NR_VIRQS; virq++)
        check(virq);
    expect_eq(bind(NR_VIRQS, 0, &port), -XEN_EINVAL, "a virq that does not exist");
    expect_eq(bind(~0u, 0, &port), -XEN_EINVAL, "the largest number");
    expect_eq(bind(VIRQ_TIMER, 2, &port), -XEN_ENOENT, "no such vCPU");
    expect_eq(bind(VIRQ_TIMER, ~0u, &port), -XEN_ENOENT, "the largest number of a vCPU");
    expect_eq(port_unbound(), 1, "no port was lost");
}
