/* SPDX-License-Identifier: MIT */
/*
 * How a domain comes: everything that all layers keep for one, put together in order, and taken
 * apart again by control/domain_destroy.c.
 */
#ifndef PARAPET_CONTROL_DOMAIN_CREATE_H
#define PARAPET_CONTROL_DOMAIN_CREATE_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/domain.h"
#include "lib/compiler.h"

struct domain_config {
    uint16_t id; /* DOMID_INVALID: the next free one */
    bool is_control;
    uint32_t vcpu_count;
    uint64_t max_pages;
    uint32_t max_evtchn_port; /* highest port number it may have */
    uint32_t max_grant_frames;
    uint32_t max_maptrack_frames;
};

#define DEFAULT_MAX_EVTCHN_PORT         1023u
#define DEFAULT_MAX_EVTCHN_PORT_CONTROL 131071u
#define DEFAULT_MAX_GRANT_FRAMES        64u
#define DEFAULT_MAX_MAPTRACK_FRAMES     1024u

/*
 * domain_create - a domain without memory and without vCPUs, paused; it is found by its id from
 * now on. 0, -EINVAL, -ENOMEM, -EEXIST or -ENOSPC.
 */
MUST_CHECK int domain_create(const struct domain_config *config, struct domain **out);

/*
 * domain_add_vcpus - its vCPUs, all down. 0, -ENOMEM or -EINVAL (too many, or it has some). After a
 * failure the domain is good for domain_destroy() only. The caller sees to it that nobody
 * else does the same.
 */
MUST_CHECK int domain_add_vcpus(struct domain *d, uint32_t count);

#endif
