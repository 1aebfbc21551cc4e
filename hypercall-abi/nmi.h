/* SPDX-License-Identifier: MIT */
/*
 * Non-maskable interrupts of a guest: nmi_op(cmd, argument).
 */
#ifndef PARAPET_HYPERCALL_ABI_NMI_H
#define PARAPET_HYPERCALL_ABI_NMI_H

#include <stdint.h>

#include "hypercall-abi/types.h"

#define XENNMI_register_callback   0
#define XENNMI_unregister_callback 1

struct xennmi_callback {
    uint64_t handler_address;
    uint64_t pad;
};
_Static_assert(sizeof(struct xennmi_callback) == 16, "layout of xennmi_callback");

/* arch_shared_info.nmi_reason */
#define XEN_NMIREASON_io_error (1UL << 0)
#define XEN_NMIREASON_pci_serr (1UL << 1)
#define XEN_NMIREASON_unknown  (1UL << 2)

#endif
