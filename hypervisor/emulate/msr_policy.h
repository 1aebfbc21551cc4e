/* SPDX-License-Identifier: MIT */
/*
 * Which model-specific registers a guest kernel may read and write: those of the table in
 * msr_policy.c. Everything else is #GP, as on a processor that has no such register.
 */
#ifndef PARAPET_EMULATE_MSR_POLICY_H
#define PARAPET_EMULATE_MSR_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/vcpu.h"
#include "lib/compiler.h"

/* For the running vCPU, in guest kernel mode. False: #GP. */
MUST_CHECK bool msr_read(struct vcpu *v, uint32_t msr, uint64_t *value);
MUST_CHECK bool msr_write(struct vcpu *v, uint32_t msr, uint64_t value);

#endif
