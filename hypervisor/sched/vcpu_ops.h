/* SPDX-License-Identifier: MIT */
/*
 * The commands of vcpu_op, but for initialise, which control/ has: a plain function each, on an
 * argument that was copied in (or is to be copied out) by the dispatcher. @id is the vCPU's,
 * of the caller's domain; every call answers -ENOENT if there is none.
 */
#ifndef PARAPET_SCHED_VCPU_OPS_H
#define PARAPET_SCHED_VCPU_OPS_H

#include <stdint.h>

#include "domain/vcpu.h"
#include "hypercall-abi/vcpu.h"
#include "lib/compiler.h"

long vcpu_op_up(struct vcpu *caller, uint32_t id);
long vcpu_op_down(struct vcpu *caller, uint32_t id);
long vcpu_op_is_up(struct vcpu *caller, uint32_t id);
long vcpu_op_get_runstate_info(struct vcpu *caller, uint32_t id, struct vcpu_runstate_info *op);
long vcpu_op_register_runstate_memory_area(struct vcpu *caller, uint32_t id,
                                           struct vcpu_register_runstate_memory_area *op);
long vcpu_op_set_periodic_timer(struct vcpu *caller, uint32_t id,
                                struct vcpu_set_periodic_timer *op);
long vcpu_op_stop_periodic_timer(struct vcpu *caller, uint32_t id);
long vcpu_op_set_singleshot_timer(struct vcpu *caller, uint32_t id,
                                  struct vcpu_set_singleshot_timer *op);
long vcpu_op_stop_singleshot_timer(struct vcpu *caller, uint32_t id);
long vcpu_op_register_vcpu_info(struct vcpu *caller, uint32_t id,
                                struct vcpu_register_vcpu_info *op);
long vcpu_op_send_nmi(struct vcpu *caller, uint32_t id);
long vcpu_op_register_vcpu_time_memory_area(struct vcpu *caller, uint32_t id,
                                            struct vcpu_register_time_memory_area *op);

/* set_timer_op: @deadline_ns of system time, 0 to stop the one-shot timer. */
long set_timer(struct vcpu *caller, uint64_t deadline_ns);

/*
 * vcpu_register_info - from now on @v's vcpu_info is at @offset of the frame, for ever. Its old
 * contents move there, and everything is marked pending so that no event is lost. @v is the
 * running vCPU or down. 0, or -EINVAL.
 */
MUST_CHECK int vcpu_register_info(struct vcpu *v, mfn_t number, uint32_t offset);

/* The end of that, when the vCPU will never run again. */
void vcpu_unregister_info(struct vcpu *v);

#endif
