/* SPDX-License-Identifier: MIT */
/*
 * Creation of a domain.
 *
 * Each step may fail; what was made by then is what domain_destroy() finds and gives back, so there
 * is one way to take a domain apart, not two.
 */
#include "control/domain_create.h"

#include "control/domain_destroy.h"
#include "emulate/io_ports.h"
#include "event/evtchn.h"
#include "event/pirq.h"
#include "grant/grant_table.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "pvmmu/pvmmu.h"
#include "sched/scheduler.h"

static int create_parts(struct domain *d, const struct domain_config *config)
{
    int error = evtchn_domain_create(d, config->max_evtchn_port);

    if (!error)
        error = pirq_domain_create(d);
    if (!error)
        error = io_permissions_create(d);
    if (!error)
        error = grant_domain_create(d, config->max_grant_frames, config->max_maptrack_frames);
    return error;
}

int domain_create(const struct domain_config *config, struct domain **out)
{
    struct domain *d;
    int error;

    if (config->vcpu_count == 0 || config->vcpu_count > MAX_VCPUS)
        return refuse(-EINVAL, "a domain of %u vCPUs", config->vcpu_count);
    error = domain_alloc(config->id, &d);
    if (error)
        return error;
    d->is_control = config->is_control;
    d->max_pages = config->max_pages;
    d->vcpu_limit = config->vcpu_count;
    scheduler_domain_init(d);
    frame_share_special(mfn_to_frame(d->shared_frame), d, true);

    error = create_parts(d, config);
    if (error) {
        domain_destroy_now(d);
        return error;
    }
    *out = d;
    return 0;
}

static int add_vcpu(struct domain *d, uint32_t id)
{
    struct vcpu *v;
    int error = vcpu_create(d, id, &v);

    if (error)
        return error;
    scheduler_vcpu_init(v);
    return mmu_vcpu_create(v);
}

int domain_add_vcpus(struct domain *d, uint32_t count)
{
    if (d->vcpu_count || count == 0 || count > MAX_VCPUS)
        return refuse(-EINVAL, "%u vCPUs for a domain that has %u", count, d->vcpu_count);
    for (uint32_t id = 0; id < count; id++) {
        int error = add_vcpu(d, id);

        if (error)
            return error;
    }
    return 0;
}
