/* SPDX-License-Identifier: MIT */
/*
 * Entry points of the guest kernel: callback_op(cmd, argument).
 */
#ifndef PARAPET_HYPERCALL_ABI_CALLBACK_H
#define PARAPET_HYPERCALL_ABI_CALLBACK_H

#include <stdint.h>

#include "hypercall-abi/types.h"

#define CALLBACKOP_register   0
#define CALLBACKOP_unregister 1

/* callback_register.type, callback_unregister.type */
#define CALLBACKTYPE_event               0
#define CALLBACKTYPE_failsafe            1 /* a segment of the guest could not be loaded */
#define CALLBACKTYPE_syscall             2 /* SYSCALL from 64-bit user mode */
#define CALLBACKTYPE_sysenter_deprecated 3
#define CALLBACKTYPE_nmi                 4
#define CALLBACKTYPE_sysenter            5 /* SYSENTER from 32-bit user mode */
#define CALLBACKTYPE_syscall32           7 /* SYSCALL from 32-bit user mode */

/* callback_register.flags */
#define CALLBACKF_mask_events (1U << 0) /* set evtchn_upcall_mask on entry */

struct callback_register {
    uint16_t type;
    uint16_t flags;
    xen_callback_t address;
};
_Static_assert(sizeof(struct callback_register) == 16, "layout of callback_register");

struct callback_unregister {
    uint16_t type;
    uint16_t _unused;
};
_Static_assert(sizeof(struct callback_unregister) == 4, "layout of callback_unregister");

#endif
