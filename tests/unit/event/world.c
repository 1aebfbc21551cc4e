/* SPDX-License-Identifier: MIT */
#include "unit/event/world.h"

#include <stdlib.h>
#include <string.h>

#include "domain/handlers.h"
#include "event/evtchn_ops.h"
#include "sched/scheduler.h"
#include "support/fake_arch/fake_machine.h"

struct domain *d[3];

static struct domain *create_domain(uint16_t id, uint32_t max_port)
{
    struct domain *domain = fake_domain_create(id, 2);

    scheduler_domain_init(domain);
    if (evtchn_domain_create(domain, max_port))
        abort();
    for (uint32_t i = 0; i < 2; i++) {
        scheduler_vcpu_init(domain->vcpus[i]);
        domain->vcpus[i]->info->evtchn_upcall_mask = 0;
        vcpu_wake(domain->vcpus[i], VCPU_DOWN);
    }
    return domain;
}

void world_start(uint32_t max_port)
{
    static bool has_memory;

    /* A test that starts a second world goes on with the memory of the first. */
    if (!has_memory)
        fake_machine_start(64);
    has_memory = true;
    fake_domains_free();
    fake_cpus_start(2);
    fake_preempt_after = -1;
    scheduler_init();
    event_init();
    for (uint32_t id = 0; id < 2; id++) {
        if (scheduler_cpu_create(id))
            abort();
    }
    for (uint16_t id = 0; id < 3; id++)
        d[id] = create_domain(id, max_port);
    memset(&fake_requests, 0, sizeof(fake_requests));
}

bool world_check(void)
{
    return evtchn_check(d[0]) && evtchn_check(d[1]) && evtchn_check(d[2]);
}

/* ---- calls ---- */

int alloc_unbound(struct domain *caller, domid_t owner, domid_t remote)
{
    struct evtchn_alloc_unbound op = { .dom = owner, .remote_dom = remote };
    long error = evtchn_op_alloc_unbound(caller->vcpus[0], &op);

    return error ? (int)error : (int)op.port;
}

int bind_interdomain(struct domain *caller, domid_t remote, uint32_t port)
{
    struct evtchn_bind_interdomain op = { .remote_dom = remote, .remote_port = port };
    long error = evtchn_op_bind_interdomain(caller->vcpus[0], &op);

    return error ? (int)error : (int)op.local_port;
}

int bind_virq(struct domain *caller, uint32_t virq, uint32_t vcpu)
{
    struct evtchn_bind_virq op = { .virq = virq, .vcpu = vcpu };
    long error = evtchn_op_bind_virq(caller->vcpus[0], &op);

    return error ? (int)error : (int)op.port;
}

int bind_ipi(struct domain *caller, uint32_t vcpu)
{
    struct evtchn_bind_ipi op = { .vcpu = vcpu };
    long error = evtchn_op_bind_ipi(caller->vcpus[0], &op);

    return error ? (int)error : (int)op.port;
}

int bind_vcpu(struct domain *caller, uint32_t port, uint32_t vcpu)
{
    struct evtchn_bind_vcpu op = { .port = port, .vcpu = vcpu };

    return (int)evtchn_op_bind_vcpu(caller->vcpus[0], &op);
}

int close_port(struct domain *caller, uint32_t port)
{
    struct evtchn_close op = { .port = port };

    return (int)evtchn_op_close(caller->vcpus[0], &op);
}

int send(struct domain *caller, uint32_t port)
{
    struct evtchn_send op = { .port = port };

    return (int)evtchn_op_send(caller->vcpus[0], &op);
}

int unmask(struct domain *caller, uint32_t port)
{
    struct evtchn_unmask op = { .port = port };

    return (int)evtchn_op_unmask(caller->vcpus[0], &op);
}

struct evtchn_status status_of(struct domain *caller, domid_t owner, uint32_t port)
{
    struct evtchn_status op = { .dom = owner, .port = port };

    if (evtchn_op_status(caller->vcpus[0], &op))
        op.status = ~0u;
    return op;
}

void connect(struct domain *a, struct domain *b, uint32_t *port_a, uint32_t *port_b)
{
    *port_a = (uint32_t)alloc_unbound(a, DOMID_SELF, b->id);
    *port_b = (uint32_t)bind_interdomain(b, a->id, *port_a);
    take_upcall(b->vcpus[0], NULL);
}

/* ---- the guest ---- */

bool is_pending(const struct domain *owner, uint32_t port)
{
    return owner->shared->evtchn_pending[port / 64] >> (port % 64) & 1;
}

void set_mask(struct domain *owner, uint32_t port, bool masked)
{
    uint64_t bit = 1UL << (port % 64);

    owner->shared->evtchn_mask[port / 64] &= ~bit;
    owner->shared->evtchn_mask[port / 64] |= masked ? bit : 0;
}

unsigned take_upcall(struct vcpu *v, uint32_t *last)
{
    struct shared_info *shared = v->domain->shared;
    unsigned count = 0;

    if (!v->info->evtchn_upcall_pending)
        return 0;
    v->info->evtchn_upcall_pending = 0;
    for (uint32_t port = 0; port < 4096; port++) {
        uint64_t bit = 1UL << (port % 64);
        uint32_t word = port / 64;

        if ((v->info->evtchn_pending_sel >> word & 1) && (shared->evtchn_pending[word] & bit) &&
            !(shared->evtchn_mask[word] & bit)) {
            shared->evtchn_pending[word] &= ~bit;
            count++;
            if (last)
                *last = port;
        }
    }
    v->info->evtchn_pending_sel = 0;
    return count;
}
