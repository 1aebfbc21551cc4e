/* SPDX-License-Identifier: MIT */
/* The one vcpu_op whose argument is too large for the dispatcher to copy. */
#ifndef PARAPET_HYPERCALL_VCPU_INITIALISE_H
#define PARAPET_HYPERCALL_VCPU_INITIALISE_H

#include <stdint.h>

#include "domain/vcpu.h"

long vcpu_op_initialise(struct vcpu *caller, uint32_t id, uint64_t address);

#endif
