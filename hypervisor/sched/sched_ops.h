/* SPDX-License-Identifier: MIT */
/*
 * The commands of sched_op, but for poll, which event/ has (it looks at ports), and
 * remote_shutdown, which control/ has.
 */
#ifndef PARAPET_SCHED_SCHED_OPS_H
#define PARAPET_SCHED_SCHED_OPS_H

#include "domain/domain.h"
#include "domain/vcpu.h"
#include "hypercall-abi/sched.h"

long sched_op_yield(struct vcpu *caller);
long sched_op_block(struct vcpu *caller);
long sched_op_shutdown(struct vcpu *caller, struct sched_shutdown *op);
long sched_op_shutdown_code(struct vcpu *caller, struct sched_shutdown *op);
long sched_op_watchdog(struct vcpu *caller, struct sched_watchdog *op);

/* Watchdog number @index of a new domain. */
void watchdog_init(struct domain *d, unsigned index);

#endif
