/* SPDX-License-Identifier: MIT */
/*
 * Privileged instructions of a guest kernel, which fault in ring 3.
 */
#ifndef PARAPET_EMULATE_PRIVILEGED_H
#define PARAPET_EMULATE_PRIVILEGED_H

#include <stdbool.h>

#include "arch/trap_frame.h"
#include "domain/vcpu.h"

/*
 * emulate_privileged - after a #GP with error code 0. True: done, or the guest was given another
 * exception. False: this #GP is the guest's.
 */
bool emulate_privileged(struct vcpu *v, struct trap_frame *frame);

/* emulate_forced_cpuid - after a #UD; true if it was the prefix, ud2 "xen", with CPUID. */
bool emulate_forced_cpuid(struct vcpu *v, struct trap_frame *frame);

#endif
