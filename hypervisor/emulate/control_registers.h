/* SPDX-License-Identifier: MIT */
/*
 * Control registers as a guest kernel sees them.
 */
#ifndef PARAPET_EMULATE_CONTROL_REGISTERS_H
#define PARAPET_EMULATE_CONTROL_REGISTERS_H

#include <stdint.h>

#include "domain/vcpu.h"
#include "lib/compiler.h"

/*
 * guest_cr4 - the CR4 a guest gets when it asks for @wanted: its own choice of TSD, DE and
 * OSXSAVE, the processor's PAE, MCE, OSFXSR and OSXMMEXCPT, and nothing else. The only place
 * that decides it.
 */
uint64_t guest_cr4(uint64_t wanted);

enum control_access {
    CONTROL_OK,
    CONTROL_REFUSED, /* #GP */
    CONTROL_AGAIN,   /* execute the instruction again: a long operation made progress */
};

/* Of the running vCPU. */
MUST_CHECK enum control_access control_register_read(const struct vcpu *v, unsigned number,
                                                     uint64_t *value);
MUST_CHECK enum control_access control_register_write(struct vcpu *v, unsigned number,
                                                      uint64_t value);
MUST_CHECK enum control_access control_xcr0_write(struct vcpu *v, uint32_t index, uint64_t value);

#endif
