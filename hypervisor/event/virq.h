/* SPDX-License-Identifier: MIT */
/* Virtual interrupts: what the hypervisor tells a vCPU, a domain, or the control domain. */
#ifndef PARAPET_EVENT_VIRQ_H
#define PARAPET_EVENT_VIRQ_H

#include <stdint.h>

#include "event/evtchn.h"

enum virq_kind {
    VIRQ_KIND_GLOBAL, /* one for the machine, for the control domain */
    VIRQ_KIND_VCPU,   /* one for each vCPU */
    VIRQ_KIND_DOMAIN, /* one for each domain */
};

/* @virq is below NR_VIRQS. */
enum virq_kind virq_kind(uint32_t virq);

/* virq_bind - under the table's lock: @channel is for @virq of @v (vCPU 0 for the kinds that are
 * not a vCPU's). virq_unbind when it is closed. virq_is_bound: a second one is refused. */
void virq_bind(struct vcpu *v, struct evtchn *channel, uint32_t virq);
void virq_unbind(struct domain *d, struct evtchn *channel);
bool virq_is_bound(const struct vcpu *v, uint32_t virq);

/* Send it, if somebody bound it. Any lock before LOCK_VIRQ may be held. */
void virq_send_vcpu(struct vcpu *v, uint32_t virq);
void virq_send_domain(struct domain *d, uint32_t virq);
void virq_send_global(uint32_t virq);

#endif
