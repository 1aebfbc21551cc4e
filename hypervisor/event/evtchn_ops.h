/* SPDX-License-Identifier: MIT */
/*
 * The commands of event_channel_op: a plain function each, on an argument that the dispatcher
 * copied in, and copies out where the table says so. 0 or a negative error; reset may answer
 * -ERESTART, its progress is in the domain's table.
 */
#ifndef PARAPET_EVENT_EVTCHN_OPS_H
#define PARAPET_EVENT_EVTCHN_OPS_H

#include "domain/vcpu.h"
#include "hypercall-abi/event_channel.h"
#include "hypercall-abi/sched.h"

long evtchn_op_bind_interdomain(struct vcpu *caller, struct evtchn_bind_interdomain *op);
long evtchn_op_bind_virq(struct vcpu *caller, struct evtchn_bind_virq *op);
long evtchn_op_bind_pirq(struct vcpu *caller, struct evtchn_bind_pirq *op);
long evtchn_op_close(struct vcpu *caller, struct evtchn_close *op);
long evtchn_op_send(struct vcpu *caller, struct evtchn_send *op);
long evtchn_op_status(struct vcpu *caller, struct evtchn_status *op);
long evtchn_op_alloc_unbound(struct vcpu *caller, struct evtchn_alloc_unbound *op);
long evtchn_op_bind_ipi(struct vcpu *caller, struct evtchn_bind_ipi *op);
long evtchn_op_bind_vcpu(struct vcpu *caller, struct evtchn_bind_vcpu *op);
long evtchn_op_unmask(struct vcpu *caller, struct evtchn_unmask *op);
long evtchn_op_reset(struct vcpu *caller, struct evtchn_reset *op);
long evtchn_op_init_control(struct vcpu *caller, struct evtchn_init_control *op);
long evtchn_op_expand_array(struct vcpu *caller, struct evtchn_expand_array *op);
long evtchn_op_set_priority(struct vcpu *caller, struct evtchn_set_priority *op);

/* A command of sched_op that is about ports. */
long sched_op_poll(struct vcpu *caller, struct sched_poll *op);

#endif
