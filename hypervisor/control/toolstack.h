/* SPDX-License-Identifier: MIT */
/*
 * The operations of the toolstack, sysctl and domctl: one function for each row of their tables.
 *
 * toolstack_calls.c has checked the caller's privilege and the interface's version, and copies the
 * argument structure in and out as the row says. One domctl is under way at a time on the whole
 * machine, so domctl operations need no lock against each other.
 */
#ifndef PARAPET_CONTROL_TOOLSTACK_H
#define PARAPET_CONTROL_TOOLSTACK_H

#include <stdint.h>

#include "domain/domain.h"
#include "hypercall-abi/domctl.h"
#include "hypercall-abi/sysctl.h"

struct domctl_call {
    struct vcpu *caller;
    struct domain *domain; /* with a reference, alive but for destroydomain; NULL for those that
                            * find or make one: createdomain, getdomaininfo */
    uint16_t id;           /* as the caller named it; those two answer the domain's */
};

/* Rows that copy nothing have no argument at all. */
#define DOMCTL_IN(name, argument)                 long domctl_op_##name(struct domctl_call *, struct argument *)
#define DOMCTL_OUT(name, argument)                DOMCTL_IN(name, argument)
#define DOMCTL_INOUT(name, argument)              DOMCTL_IN(name, argument)
#define DOMCTL_NONE(name, argument)               long domctl_op_##name(struct domctl_call *)
#define OP(number, name, argument, copy, summary) DOMCTL_##copy(name, argument);
#include "hypercall-abi/tables/domctl_ops.def"
#undef OP

#define OP(number, name, argument, copy, summary)                                                  \
    long sysctl_op_##name(struct vcpu *caller, struct argument *op);
#include "hypercall-abi/tables/sysctl_ops.def"
#undef OP

/* ---- domctl_info.c ---- */

/* Everything there is to say about @d, to @info, all of which is written. */
void domain_describe(struct domain *d, struct xen_domctl_getdomaininfo *info);

#endif
