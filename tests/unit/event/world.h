/* SPDX-License-Identifier: MIT */
/* Domains with event channels, and the calls of the ABI in short forms. */
#ifndef PARAPET_TESTS_EVENT_WORLD_H
#define PARAPET_TESTS_EVENT_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "event/evtchn.h"
#include "support/fake_domain/fake_domain.h"

/* A machine with two CPUs, d[0] the control domain, d[1] and d[2] others, two vCPUs each, all up but
 * running nowhere. Ports up to @max_port. */
extern struct domain *d[3];
void world_start(uint32_t max_port);

/* Whether every table keeps its invariants. */
bool world_check(void);

/* The calls: the new port, or the negative error. */
int alloc_unbound(struct domain *caller, domid_t owner, domid_t remote);
int bind_interdomain(struct domain *caller, domid_t remote, uint32_t port);
int bind_virq(struct domain *caller, uint32_t virq, uint32_t vcpu);
int bind_ipi(struct domain *caller, uint32_t vcpu);
int bind_vcpu(struct domain *caller, uint32_t port, uint32_t vcpu);
int close_port(struct domain *caller, uint32_t port);
int send(struct domain *caller, uint32_t port);
int unmask(struct domain *caller, uint32_t port);
struct evtchn_status status_of(struct domain *caller, domid_t owner, uint32_t port);

/* Two domains' ports, bound to each other. */
void connect(struct domain *a, struct domain *b, uint32_t *port_a, uint32_t *port_b);

/* The guest's side of the 2-level ABI. */
bool is_pending(const struct domain *owner, uint32_t port);
void set_mask(struct domain *owner, uint32_t port, bool masked);
/* Takes the upcall of a vCPU: the pending unmasked ports are acknowledged; how many, and the last. */
unsigned take_upcall(struct vcpu *v, uint32_t *last);

#endif
