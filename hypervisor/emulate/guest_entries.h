/* SPDX-License-Identifier: MIT */
/*
 * What a guest kernel registers: handlers, callbacks, its stack, and small processor state.
 *
 * All work on the calling vCPU and return 0 or a negative errno.
 */
#ifndef PARAPET_EMULATE_GUEST_ENTRIES_H
#define PARAPET_EMULATE_GUEST_ENTRIES_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/vcpu.h"
#include "hypercall-abi/callback.h"
#include "hypercall-abi/nmi.h"
#include "hypercall-abi/physdev.h"
#include "lib/compiler.h"

/*
 * guest_set_trap_table - read entries at *@list until one has address 0; NULL clears the table.
 * -ERESTART: *@list is where to go on. -EFAULT and -EINVAL: entries before the bad one are set.
 */
MUST_CHECK int guest_set_trap_table(struct vcpu *caller, uint64_t *list);

/* One entry, checked; address 0 removes the handler. */
MUST_CHECK int guest_set_trap(struct vcpu *v, uint32_t vector, const struct trap_info *trap);

MUST_CHECK int guest_set_callbacks(struct vcpu *caller, uint64_t event, uint64_t failsafe,
                                   uint64_t syscall);
MUST_CHECK int callback_op_register(struct vcpu *caller, struct callback_register *op);
MUST_CHECK int callback_op_unregister(struct vcpu *caller, struct callback_unregister *op);
MUST_CHECK int nmi_op_register_callback(struct vcpu *caller, struct xennmi_callback *op);
MUST_CHECK int nmi_op_unregister_callback(struct vcpu *caller);

MUST_CHECK int guest_stack_switch(struct vcpu *caller, uint64_t ss, uint64_t rsp);
MUST_CHECK int guest_fpu_taskswitch(struct vcpu *caller, bool set);

/* guest_send_nmi - VCPUOP_send_nmi to @v, which may run elsewhere. -EINVAL without a handler. */
MUST_CHECK int guest_send_nmi(struct vcpu *v);

#endif
