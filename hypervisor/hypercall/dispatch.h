/* SPDX-License-Identifier: MIT */
/*
 * From the registers of a SYSCALL in guest-kernel mode to a handler, and back.
 *
 * Rows, numbers and names come from hypercall-abi/tables/hypercalls.def; each row has a handler
 * hypercall_<name>, declared here and defined in the file of its subject.
 */
#ifndef PARAPET_HYPERCALL_DISPATCH_H
#define PARAPET_HYPERCALL_DISPATCH_H

#include <stdint.h>

#include "arch/trap_frame.h"
#include "domain/vcpu.h"

/*
 * Results of a handler that are none. They are no errno and no canonical address, which is all
 * that any call answers.
 */
#define HYPERCALL_NO_RESULT INT64_MIN       /* the registers were replaced (iret) */
#define HYPERCALL_RESTART   (INT64_MIN + 1) /* re-execute with the arguments as they are now */

typedef long hypercall_handler(struct vcpu *caller, uint64_t a1, uint64_t a2, uint64_t a3,
                               uint64_t a4, uint64_t a5);

#define HYPERCALL(number, name, argc, flow, summary) hypercall_handler hypercall_##name;
#include "hypercall-abi/tables/hypercalls.def"
#undef HYPERCALL

/*
 * hypercall_dispatch - the running vCPU executed SYSCALL in guest-kernel mode; @regs is its
 * frame. On return the frame is what the guest goes on with.
 */
void hypercall_dispatch(struct vcpu *v, struct trap_frame *regs);

/* The handler of call @number, counted; NULL, and counted as unknown, if there is none. */
hypercall_handler *hypercall_find(uint64_t number);

/* Option hypercall_trace=: numbers, separated by commas, or "all". Such calls are logged. */
int hypercall_option_trace(const char *value);

#endif
