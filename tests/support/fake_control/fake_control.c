/* SPDX-License-Identifier: MIT */
#include "support/fake_control/fake_control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hypercall-abi/event_channel.h"
#include "hypercall-abi/hypercall_numbers.h"
#include "hypercall-abi/memory.h"
#include "hypercall-abi/xen.h"

static struct fake_control *fake_of(struct control *control)
{
    return (struct fake_control *)(void *)control;
}

static bool must_fail(struct fake_control *fake)
{
    return ++fake->calls == fake->fail_at;
}

uint8_t *fake_frame(struct fake_control *fake, uint64_t mfn)
{
    if (mfn < FAKE_MFN || mfn - FAKE_MFN >= FAKE_PAGES)
        abort();
    return fake->frames[mfn - FAKE_MFN];
}

unsigned fake_frames_used(const struct fake_control *fake)
{
    unsigned used = 0;

    for (unsigned i = 0; i < FAKE_PAGES; i++)
        used += fake->owner[i] != 0;
    return used;
}

unsigned fake_domains_alive(const struct fake_control *fake)
{
    unsigned alive = 0;

    for (unsigned i = 1; i <= FAKE_DOMAINS; i++)
        alive += fake->domains[i].exists;
    return alive;
}

/* A run of free frames, cleared, for a domain: its first mfn, or 0. */
static uint64_t take_frames(struct fake_control *fake, domid_t domid, unsigned count)
{
    unsigned run = 0;

    for (unsigned i = 0; i < FAKE_PAGES; i++) {
        run = fake->owner[i] ? 0 : run + 1;
        if (run == count) {
            unsigned first = i + 1 - count;

            for (unsigned j = first; j <= i; j++)
                fake->owner[j] = (domid_t)(domid + 1);
            memset(fake->frames[first], 0, (size_t)count * CONTROL_PAGE_BYTES);
            return FAKE_MFN + first;
        }
    }
    return 0;
}

static struct fake_domain *domain_of(struct fake_control *fake, unsigned domid)
{
    return domid && domid <= FAKE_DOMAINS && fake->domains[domid].exists ? &fake->domains[domid]
                                                                         : NULL;
}

/* ---- domctl ---- */

static long create(struct fake_control *fake, struct xen_domctl *op)
{
    for (domid_t domid = 1; domid <= FAKE_DOMAINS; domid++) {
        struct fake_domain *domain = &fake->domains[domid];

        if (domain->exists)
            continue;
        *domain = (struct fake_domain){ .exists = true, .pauses = 1, .next_port = 1 };
        domain->vcpus_max = op->u.createdomain.max_vcpus;
        memcpy(domain->uuid, op->u.createdomain.handle, sizeof(domain->uuid));
        domain->shared_info_mfn = take_frames(fake, domid, 1);
        domain->grant_mfn = take_frames(fake, domid, 1);
        op->domain = domid;
        return 0;
    }
    return -ENOMEM;
}

static long destroy(struct fake_control *fake, domid_t domid)
{
    for (unsigned i = 0; i < FAKE_PAGES; i++) {
        if (fake->owner[i] == domid + 1)
            fake->owner[i] = 0;
    }
    fake->domains[domid].exists = false;
    return 0;
}

static void describe(const struct fake_control *fake, domid_t domid,
                     struct xen_domctl_getdomaininfo *info)
{
    const struct fake_domain *domain = &fake->domains[domid];

    *info = (struct xen_domctl_getdomaininfo){
        .domain = domid,
        .flags = domain->flags | (domain->pauses ? XEN_DOMINF_paused : 0),
        .tot_pages = domain->pages,
        .max_pages = domain->pages_max,
        .shared_info_frame = domain->shared_info_mfn,
    };
    memcpy(info->handle, domain->uuid, sizeof(info->handle));
}

static long domctl_of_domain(struct fake_control *fake, struct fake_domain *domain,
                             struct xen_domctl *op)
{
    switch (op->cmd) {
    case XEN_DOMCTL_destroydomain:
        return destroy(fake, op->domain);
    case XEN_DOMCTL_pausedomain:
        domain->pauses++;
        return 0;
    case XEN_DOMCTL_unpausedomain:
        domain->pauses -= domain->pauses > 0;
        return 0;
    case XEN_DOMCTL_max_vcpus:
        return op->u.max_vcpus.max == domain->vcpus_max ? 0 : -EINVAL;
    case XEN_DOMCTL_max_mem:
        domain->pages_max = op->u.max_mem.max_memkb / 4;
        return 0;
    case XEN_DOMCTL_set_address_size:
        return op->u.address_size.size == 64 ? 0 : -EINVAL;
    case XEN_DOMCTL_settscinfo:
    case XEN_DOMCTL_settimeoffset:
    case XEN_DOMCTL_setvcpuaffinity:
    case XEN_DOMCTL_scheduler_op:
        return 0;
    case XEN_DOMCTL_hypercall_init:
        domain->hypercall_mfn = op->u.hypercall_init.gmfn;
        return 0;
    case XEN_DOMCTL_setvcpucontext:
        memcpy(&domain->context, (const void *)(uintptr_t)op->u.vcpucontext.ctxt,
               sizeof(domain->context));
        domain->has_context = true;
        return 0;
    default:
        return -ENOSYS;
    }
}

static long domctl(struct fake_control *fake, struct xen_domctl *op)
{
    struct fake_domain *domain = domain_of(fake, op->domain);

    if (op->interface_version != XEN_DOMCTL_INTERFACE_VERSION)
        return -EACCES;
    if (op->cmd == XEN_DOMCTL_createdomain)
        return create(fake, op);
    if (!domain)
        return -ESRCH;
    if (op->cmd == XEN_DOMCTL_getdomaininfo) {
        describe(fake, op->domain, &op->u.getdomaininfo);
        return 0;
    }
    return domctl_of_domain(fake, domain, op);
}

/* ---- the rest ---- */

static long populate(struct fake_control *fake, const struct xen_memory_reservation *op)
{
    struct fake_domain *domain = domain_of(fake, op->domid);
    uint64_t *frames = (uint64_t *)(uintptr_t)op->extent_start;
    unsigned pages = 1u << op->extent_order;
    long done = 0;

    if (!domain || (op->extent_order && fake->large_extents_fail))
        return 0;
    for (; (uint64_t)done < op->nr_extents; done++) {
        uint64_t mfn =
            domain->pages + pages <= domain->pages_max ? take_frames(fake, op->domid, pages) : 0;

        if (!mfn)
            break;
        domain->pages += pages;
        frames[done] = mfn;
    }
    return done;
}

static long pin(struct fake_control *fake, const struct mmuext_op *op, domid_t domid)
{
    struct fake_domain *domain = domain_of(fake, domid);

    if (!domain || op->cmd != MMUEXT_PIN_L4_TABLE)
        return -EINVAL;
    if (fake->pages_mapped)
        return -EBUSY; /* perhaps a page table that we can still write */
    domain->pinned_mfn = op->arg1.mfn;
    return 0;
}

static long reserve_port(struct fake_control *fake, struct evtchn_alloc_unbound *op)
{
    struct fake_domain *domain = domain_of(fake, op->dom);

    if (!domain)
        return -ESRCH;
    op->port = domain->next_port++;
    return 0;
}

static long fake_call(struct control *control, unsigned number, const uint64_t arguments[5])
{
    struct fake_control *fake = fake_of(control);
    void *area = control->area;

    if (must_fail(fake))
        return -EINVAL;
    switch (number) {
    case __HYPERVISOR_domctl:
        return domctl(fake, area);
    case __HYPERVISOR_memory_op:
        if (arguments[0] == XENMEM_set_memory_map)
            return 0;
        return arguments[0] == XENMEM_populate_physmap ? populate(fake, area) : -ENOSYS;
    case __HYPERVISOR_mmuext_op:
        return pin(fake, area, (domid_t)arguments[3]);
    case __HYPERVISOR_event_channel_op:
        return arguments[0] == EVTCHNOP_alloc_unbound ? reserve_port(fake, area) : -ENOSYS;
    default:
        return -ENOSYS;
    }
}

/* Mappings are copies that are written back: frames of a domain do not follow each other. */
struct mapping {
    uint64_t *mfns;
    size_t count;
    uint8_t bytes[];
};

static int fake_map(struct control *control, domid_t domid, const uint64_t *mfns, size_t count,
                    void **mapping)
{
    struct fake_control *fake = fake_of(control);
    struct mapping *m;

    if (must_fail(fake))
        return -EINVAL;
    for (size_t i = 0; i < count; i++) {
        if (mfns[i] < FAKE_MFN || mfns[i] - FAKE_MFN >= FAKE_PAGES ||
            fake->owner[mfns[i] - FAKE_MFN] != domid + 1)
            return -EINVAL;
    }
    m = malloc(sizeof(*m) + count * CONTROL_PAGE_BYTES);
    m->mfns = malloc(count * sizeof(*m->mfns));
    memcpy(m->mfns, mfns, count * sizeof(*m->mfns));
    m->count = count;
    for (size_t i = 0; i < count; i++)
        memcpy(m->bytes + i * CONTROL_PAGE_BYTES, fake_frame(fake, mfns[i]), CONTROL_PAGE_BYTES);
    fake->pages_mapped += (unsigned)count;
    *mapping = m->bytes;
    return 0;
}

static int fake_map_resource(struct control *control, domid_t domid, uint32_t type, uint32_t id,
                             uint32_t first, size_t count, void **mapping)
{
    struct fake_domain *domain = domain_of(fake_of(control), domid);

    if (!domain || type != XENMEM_resource_grant_table || id || first || count != 1)
        return -EINVAL;
    return fake_map(control, domid, &domain->grant_mfn, 1, mapping);
}

static void fake_unmap(struct control *control, void *mapping, size_t pages)
{
    struct fake_control *fake = fake_of(control);
    struct mapping *m = (void *)((uint8_t *)mapping - offsetof(struct mapping, bytes));

    if (m->count != pages)
        abort();
    for (size_t i = 0; i < pages; i++)
        memcpy(fake_frame(fake, m->mfns[i]), m->bytes + i * CONTROL_PAGE_BYTES, CONTROL_PAGE_BYTES);
    fake->pages_mapped -= (unsigned)pages;
    free(m->mfns);
    free(m);
}

static void fake_close(struct control *control)
{
    struct fake_control *fake = fake_of(control);

    free(control->area);
    free(fake->frames);
    free(fake);
}

static const struct control_ops fake_ops = {
    .call = fake_call,
    .map_frames = fake_map,
    .map_resource = fake_map_resource,
    .unmap = fake_unmap,
    .close = fake_close,
};

struct fake_control *fake_control_open(void)
{
    struct fake_control *fake = calloc(1, sizeof(*fake));

    fake->frames = calloc(FAKE_PAGES, CONTROL_PAGE_BYTES);
    fake->control.area = aligned_alloc(CONTROL_PAGE_BYTES, CONTROL_AREA_BYTES);
    fake->control.ops = &fake_ops;
    return fake;
}
