/* SPDX-License-Identifier: MIT */
/*
 * The commands of memory_op. Each takes the number of extents that an earlier execution has done,
 * which the guest may have invented; only calls on reservations look at it.
 */
#ifndef PARAPET_HYPERCALL_MEMORY_OPS_H
#define PARAPET_HYPERCALL_MEMORY_OPS_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/domain.h"
#include "hypercall-abi/memory.h"
#include "lib/compiler.h"
#include "mm/frame.h"

/* Bits 0-5 of memory_op's first argument are the command, the rest counts extents done. */
#define MEMORY_OP_SHIFT 6u

/* Page-frame numbers are a guest's own; this bounds what the M2P is given. */
#define MEMORY_PFN_LIMIT (1UL << 40)

/* ---- reservation.c ---- */
long memory_op_increase_reservation(struct vcpu *caller, uint32_t done,
                                    struct xen_memory_reservation *op);
long memory_op_decrease_reservation(struct vcpu *caller, uint32_t done,
                                    struct xen_memory_reservation *op);
long memory_op_populate_physmap(struct vcpu *caller, uint32_t done,
                                struct xen_memory_reservation *op);

/* Largest extent a caller may ask for. */
unsigned memory_order_max(const struct domain *caller);

/*
 * memory_allocate - a block for @d within its limit, every frame assigned. NULL if there is none or the limit is reached.
 */
struct frame *memory_allocate(struct domain *d, unsigned order, unsigned address_bits);

/* The address width of mem_flags; false if they ask for what there is not. */
MUST_CHECK bool memory_flags_ok(uint32_t mem_flags, unsigned *address_bits);

/* ---- exchange.c ---- */
long memory_op_exchange(struct vcpu *caller, uint32_t done, struct xen_memory_exchange *op);

/* ---- memory_map.c ---- */
long memory_op_memory_map(struct vcpu *caller, uint32_t done, struct xen_memory_map *op);
long memory_op_machine_memory_map(struct vcpu *caller, uint32_t done, struct xen_memory_map *op);
long memory_op_set_memory_map(struct vcpu *caller, uint32_t done,
                              struct xen_foreign_memory_map *op);

/* ---- memory_ops.c ---- */
long memory_op_maximum_ram_page(struct vcpu *caller, uint32_t done);
long memory_op_current_reservation(struct vcpu *caller, uint32_t done,
                                   struct xen_memory_domain *op);
long memory_op_maximum_reservation(struct vcpu *caller, uint32_t done,
                                   struct xen_memory_domain *op);
long memory_op_maximum_gpfn(struct vcpu *caller, uint32_t done, struct xen_memory_domain *op);
long memory_op_machphys_mfn_list(struct vcpu *caller, uint32_t done,
                                 struct xen_machphys_mfn_list *op);
long memory_op_machphys_mapping(struct vcpu *caller, uint32_t done,
                                struct xen_machphys_mapping *op);
long memory_op_claim_pages(struct vcpu *caller, uint32_t done, struct xen_memory_reservation *op);
long memory_op_acquire_resource(struct vcpu *caller, uint32_t done,
                                struct xen_mem_acquire_resource *op);

#endif
