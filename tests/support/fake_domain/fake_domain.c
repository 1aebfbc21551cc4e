/* SPDX-License-Identifier: MIT */
/* In place of domain/domain.c, preempt.c, quiet.c. */
#include "support/fake_domain/fake_domain.h"

#include <stdlib.h>
#include <string.h>

#include "domain/preempt.h"

#define FAKE_DOMAINS 32u

static struct domain *domains[FAKE_DOMAINS];
struct domain *control_domain;
struct fake_domain_calls fake_domain_calls;
int fake_preempt_after = -1;
unsigned fake_quiet_points;

static void *page_of_zeros(void)
{
    void *page = aligned_alloc(PAGE_SIZE, PAGE_SIZE);

    return memset(page, 0, PAGE_SIZE);
}

static struct vcpu *create_vcpu(struct domain *d, uint32_t id)
{
    struct vcpu *v = calloc(1, sizeof(*v));

    v->domain = d;
    v->id = id;
    v->in_kernel = 1;
    v->is_initialised = true;
    v->unregistered_info.evtchn_upcall_mask = 1;
    v->info = id < XEN_LEGACY_MAX_VCPUS ? &d->shared->vcpu_info[id] : &v->unregistered_info;
    v->info->evtchn_upcall_mask = 1;
    v->info_frame = MFN_INVALID;
    v->affinity = ~0UL;
    atomic_store(&v->blocked_by, (uint32_t)VCPU_DOWN);
    spin_init(&v->virq_lock, LOCK_VIRQ);
    list_init(&v->run_link);
    return v;
}

static void free_domain(unsigned id)
{
    struct domain *d = domains[id];

    if (!d)
        return;
    for (uint32_t i = 0; i < d->vcpu_count; i++)
        free(d->vcpus[i]);
    free(d->shared);
    free(d);
    domains[id] = NULL;
}

struct domain *fake_domain_create(uint16_t id, uint32_t vcpu_count)
{
    struct domain *d = calloc(1, sizeof(*d));

    free_domain(id);
    d->id = id;
    d->is_control = id == 0;
    atomic_store(&d->references, 1);
    spin_init(&d->lock, LOCK_DOMAIN);
    d->weight = 256;
    d->max_pages = 1000000;
    d->shared = page_of_zeros();
    for (uint32_t i = 0; i < vcpu_count; i++)
        d->vcpus[i] = create_vcpu(d, i);
    d->vcpu_count = vcpu_count;
    domains[id] = d;
    if (d->is_control)
        control_domain = d;
    return d;
}

void fake_domains_free(void)
{
    for (unsigned id = 0; id < FAKE_DOMAINS; id++)
        free_domain(id);
    control_domain = NULL;
}

void fake_run(struct vcpu *v)
{
    this_cpu()->current = v;
    atomic_store(&v->blocked_by, 0);
    atomic_store(&v->is_running, true);
    atomic_store(&v->processor, this_cpu()->id);
}

/* ---- domain.h ---- */

struct domain *domain_find(uint16_t id)
{
    return id < FAKE_DOMAINS ? domains[id] : NULL;
}

struct domain *domain_next(uint16_t id)
{
    while (id < FAKE_DOMAINS && !domains[id])
        id++;
    return domain_find(id);
}

bool domain_get(struct domain *d)
{
    atomic_fetch_add(&d->references, 1);
    return true;
}

void domain_put(struct domain *d)
{
    if (atomic_fetch_sub(&d->references, 1) == 0)
        abort();
}

struct domain *domain_get_target(struct vcpu *caller, uint16_t id)
{
    struct domain *d = id == DOMID_SELF ? caller->domain : domain_find(id);

    if (d != caller->domain && !caller->domain->is_control)
        return NULL;
    return d && domain_get(d) ? d : NULL;
}

void domain_shutdown(struct domain *d, uint8_t code)
{
    fake_domain_calls.shutdowns++;
    fake_domain_calls.last_id = d->id;
    fake_domain_calls.last_code = code;
}

void domain_crash(struct domain *d, const char *format, ...)
{
    (void)format;
    fake_domain_calls.crashes++;
    fake_domain_calls.last_id = d->id;
}

void domain_quiet_point(void)
{
    fake_quiet_points++;
}

bool preempt_pending(void)
{
    if (fake_preempt_after < 0)
        return false;
    if (fake_preempt_after == 0)
        return true;
    fake_preempt_after--;
    return false;
}
