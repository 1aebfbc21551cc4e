/* SPDX-License-Identifier: MIT */
/*
 * The guest's instruction at RIP, and the segments it uses.
 *
 * Works on the running vCPU and the root that is loaded, so on what its present mode can reach.
 */
#ifndef PARAPET_EMULATE_GUEST_CODE_H
#define PARAPET_EMULATE_GUEST_CODE_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/vcpu.h"
#include "emulate/instruction.h"
#include "lib/compiler.h"

struct guest_code {
    enum code_size size;
    uint64_t address; /* linear, of the first byte */
    struct instruction_bytes bytes;
    struct instruction insn;
};

/*
 * guest_code_fetch - read and decode. TRUNCATED: the byte at code->address + code->bytes.count
 * cannot be read. UNKNOWN also if CS is no code segment (any more).
 */
MUST_CHECK enum decode_result guest_code_fetch(const struct vcpu *v, const struct trap_frame *frame,
                                               struct guest_code *code);

/* Only the bytes, as many as can be read. False if CS is none. */
MUST_CHECK bool guest_code_read(const struct vcpu *v, const struct trap_frame *frame,
                                struct guest_code *code);

/*
 * guest_linear_address - linear address that @offset in @segment stands for, with @bytes from there
 * on inside the segment. False: the processor would fault.
 */
MUST_CHECK bool guest_linear_address(const struct vcpu *v, const struct trap_frame *frame,
                                     const struct guest_code *code, enum segment_register segment,
                                     uint64_t offset, unsigned bytes, uint64_t *linear);

/*
 * guest_code_finish - the instruction of @length bytes was emulated: RIP moves on, and a single
 * step is reported. The last thing done to @frame.
 */
void guest_code_finish(struct vcpu *v, struct trap_frame *frame, unsigned length);

#endif
