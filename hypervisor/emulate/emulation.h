/* SPDX-License-Identifier: MIT */
/*
 * One instruction being emulated; between privileged.c and the files for its groups.
 */
#ifndef PARAPET_EMULATE_EMULATION_H
#define PARAPET_EMULATE_EMULATION_H

#include "domain/vcpu.h"
#include "emulate/guest_code.h"

struct emulation {
    struct vcpu *v;
    struct trap_frame *frame;
    struct guest_code code;
};

enum emulation_result {
    EMULATION_DONE,    /* go on behind the instruction */
    EMULATION_REFUSED, /* the guest gets the exception that brought us here */
    EMULATION_AGAIN,   /* execute it again: progress is in the registers */
    EMULATION_FAULTED, /* the guest was given another exception */
};

/* IN and OUT, INS and OUTS (io_instructions.c). */
enum emulation_result emulate_port_access(struct emulation *e);
enum emulation_result emulate_string_port_access(struct emulation *e);

#endif
