/* SPDX-License-Identifier: MIT */
/*
 * The shared_info page of a domain, and the wall clock in it.
 *
 * The page is the hypervisor's; control/ makes it mappable by its domain. A guest may write
 * all of it at any time, so nothing here is read back and believed.
 */
#ifndef PARAPET_DOMAIN_SHARED_INFO_H
#define PARAPET_DOMAIN_SHARED_INFO_H

#include <stdint.h>

#include "lib/compiler.h"

struct domain;

/* Allocates and initialises d->shared: events masked on every vCPU, wall clock set. 0 or -ENOMEM. */
MUST_CHECK int shared_info_create(struct domain *d);

/* For a domain whose page was never shared. */
void shared_info_free(struct domain *d);

/* The page is its domain's no longer, and will be freed by whoever shared it. */
void shared_info_retire(struct domain *d);

/* What the guest says is its highest pfn, cut to what is no error number; 0 if it is gone. */
uint64_t shared_info_max_pfn(struct domain *d);

/* Writes the wall clock into @d's page, with d->time_offset_s added. */
void shared_info_update_wallclock(struct domain *d);

/*
 * wallclock_set - it was @seconds and @nanoseconds of UTC at system time @system_time_ns; for
 * all domains. wallclock_now gives UTC seconds at this moment.
 */
void wallclock_set(uint64_t seconds, uint32_t nanoseconds, uint64_t system_time_ns);
uint64_t wallclock_now(void);

#endif
