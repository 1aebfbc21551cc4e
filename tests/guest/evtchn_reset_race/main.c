/* SPDX-License-Identifier: MIT */
/*
 * A domain may reset its ports while another of its vCPUs binds, sends, closes and polls: each call works or is refused, and in the
 * end the table is as at first (XSA-188, XSA-343, XSA-344).
 *
 * Machine: cpus=2
 */
#include "events.h"

#define ROUNDS 300u

static volatile bool is_over, is_running;

static void use_ports(uint32_t id)
{
    while (!is_over) {
        struct evtchn_alloc_unbound unbound = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
        struct evtchn_bind_ipi ipi = { .vcpu = id };
        struct evtchn_bind_virq virq = { .virq = VIRQ_DEBUG, .vcpu = id };
        struct evtchn_bind_interdomain bind = { .remote_dom = DOMID_SELF };

        (void)evtchn(bind_ipi, &ipi);
        (void)evtchn(alloc_unbound, &unbound);
        bind.remote_port = unbound.port;
        (void)evtchn(bind_interdomain, &bind);
        (void)port_send(unbound.port);
        (void)evtchn(bind_virq, &virq);
        (void)port_to_vcpu(unbound.port, id);
        (void)port_send(ipi.port);
        (void)port_unmask(ipi.port);
        (void)port_close(bind.local_port);
        (void)port_close(virq.port);
        is_running = true;
    }
}

void test_main(void)
{
    struct evtchn_reset reset = { .dom = DOMID_SELF };

    require_eq(vcpu_start(1, use_ports), 0, "vCPU 1");
    while (!is_running)
        cpu_relax();
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint8_t *page = i % 20 ? NULL : page_new();
        long result;

        if (page)
            (void)fifo_init_control(0, page, 0);
        do {
            result = evtchn(reset, &reset);
        } while (result == -XEN_EAGAIN);
        expect_eq(result, 0, "reset");
    }
    is_over = true;
    vcpu_wait(1);
    require_eq(evtchn(reset, &reset), 0, "reset");
    expect_eq(port_unbound(), 1, "ports begin at 1");
    expect_eq(port_virq(VIRQ_DEBUG, 1), 2, "and virtual interrupts are free");
}
