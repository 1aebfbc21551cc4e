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
#include "hypercall/results.h"

typedef long hypercall_handler(struct vcpu *caller, uint64_t a1, uint64_t a2, uint64_t a3,
                               uint64_t a4, uint64_t a5);

#define HYPERCALL(number, name, argc, flow, summary) hypercall_handler hypercall_##name;
#include "hypercall-abi/tables/hypercalls.def"
#undef HYPERCALL

/*
 * hypercall_dispatch - the running vCPU executed SYSCALL in guest-kernel mode; @regs is its
 * frame. entry.S stores the result in its RAX; a result below HYPERCALL_FIRST_RESULT it hands
 * to hypercall_finish() instead. Afterwards the frame is what the guest goes on with.
 */
long hypercall_dispatch(struct vcpu *v, struct trap_frame *regs);
/* The same, called where the CPU needs retpolines. */
long hypercall_dispatch_guarded(struct vcpu *v, struct trap_frame *regs);
void hypercall_finish(struct trap_frame *regs, long result);

/* hypercall_call - make call @number for @v with these arguments, as multicall does. */
#define HYPERCALL_ARGUMENTS 6u
long hypercall_call(struct vcpu *v, uint64_t number, const uint64_t args[HYPERCALL_ARGUMENTS]);

/* Option hypercall_trace=: numbers, separated by commas, or "all". Such calls are logged. */
int hypercall_option_trace(const char *value);

#endif
