/* SPDX-License-Identifier: MIT */
/*
 * The PV MMU as the rest of the hypervisor sees it: frame types, guest page tables, roots.
 *
 * -ERESTART means: progress is kept (in the frame types and the arguments), restart the call.
 */
#ifndef PARAPET_PVMMU_PVMMU_H
#define PARAPET_PVMMU_PVMMU_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/domain.h"
#include "domain/vcpu.h"
#include "lib/compiler.h"
#include "mm/frame.h"

/* Types of the type word (bits 60-63 of frame->type). */
enum frame_type {
    FRAME_TYPE_NONE = 0,
    FRAME_TYPE_L1 = 1,
    FRAME_TYPE_L2 = 2,
    FRAME_TYPE_L3 = 3,
    FRAME_TYPE_L4 = 4,
    FRAME_TYPE_WRITABLE = 5,
    FRAME_TYPE_SEGDESC = 6,
};

/* ---- references (frame_ref.c) ---- */

/* frame_get - a general reference to a frame of @owner; false when it is not its, or dying. */
MUST_CHECK bool frame_get(struct frame *frame, struct domain *owner);
/* frame_put - drop one; frees the frame with the last. */
void frame_put(struct frame *frame);
/* frame_assign - make a fresh frame (from frame_alloc) RAM of @owner: count 1, allocated. */
void frame_assign(struct frame *frame, struct domain *owner);
/* frame_share_special - make a hypervisor page (shared_info, grant frame) mappable by @owner, for ever. */
void frame_share_special(struct frame *frame, struct domain *owner, bool writable);
void frame_unshare_special(struct frame *frame);

/* frame_type_get - general + type reference: validates when the type changes. 0, -EINVAL, -EBUSY, -ERESTART. */
MUST_CHECK int frame_get_and_type(struct frame *frame, struct domain *owner, enum frame_type type);
void frame_put_and_type(struct frame *frame);
/* frame_type_is - the type held now (only stable while the caller holds a reference). */
enum frame_type frame_type_of(const struct frame *frame);

/* ---- page-table operations (caller: hypercall/, emulate/, grant/) ---- */

/* One mmu_update entry. @table_owner: domain of the page table, @target: owner of the frames. */
MUST_CHECK int mmu_update_one(struct vcpu *caller, struct domain *table_owner,
                              struct domain *target, const struct mmu_update *update);
/* One mmuext_op for @target (itself or foreign). */
MUST_CHECK int mmuext_op_one(struct vcpu *caller, struct domain *target,
                             const struct mmuext_op *op);
MUST_CHECK int mmu_update_va_mapping(struct vcpu *caller, uint64_t va, uint64_t entry,
                                     uint64_t flags, struct domain *target);
/* Writable page tables: a guest kernel's write of @bytes at @va faulted; the new value of the
   whole entry replaces @expected by compare-and-swap. 0, -EAGAIN (re-execute), -EINVAL (bounce). */
MUST_CHECK int mmu_emulate_pte_write(struct vcpu *v, uint64_t va, uint64_t expected,
                                     uint64_t value);
/* The L1 entry that maps @va in @v's kernel root: its value and the machine address of the entry. */
MUST_CHECK int mmu_walk(struct vcpu *v, uint64_t va, maddr_t *entry_address, uint64_t *entry);

/* For grants: replace the L1 entry at a machine address, or for a va, with a checked flow. */
MUST_CHECK int mmu_replace_l1_at(struct vcpu *v, maddr_t entry_address, uint64_t expected_mask,
                                 uint64_t expected, uint64_t value, uint64_t *old);

/* ---- descriptors ---- */
MUST_CHECK int descriptors_set_gdt(struct vcpu *v, const uint64_t *frames, uint32_t entries);
MUST_CHECK int descriptors_set_ldt(struct vcpu *v, uint64_t base, uint32_t entries);
MUST_CHECK int descriptors_update(struct vcpu *caller, uint64_t maddr, uint64_t descriptor);
/* A fault in the LDT window: map the guest's page lazily. True: retry the access. */
bool descriptors_ldt_fault(struct vcpu *v, uint64_t window_offset);

/* ---- roots ---- */

/* Allocate/free @v's roots and window (vcpu_create/vcpu_free call these through control/). */
MUST_CHECK int mmu_vcpu_create(struct vcpu *v);
void mmu_vcpu_destroy(struct vcpu *v);
/* Take L4 @l4 as kernel root (builder, NEW_BASEPTR, setvcpucontext). */
MUST_CHECK int mmu_set_kernel_l4(struct vcpu *v, mfn_t l4);
MUST_CHECK int mmu_set_user_l4(struct vcpu *v, mfn_t l4);
/* Load @v's root for its mode on this CPU (context switch); returns with CR3 written if needed. */
void mmu_load_root(struct vcpu *v);
/* Guest mode changes of the running vCPU: swap GS bases is the caller's, CR3 is ours. */
void mmu_enter_kernel(struct vcpu *v);
void mmu_enter_user(struct vcpu *v);

/* ---- teardown and checks ---- */

/* Drop all page-table types and pins of a dying domain; preemptible. 0 or -ERESTART. */
MUST_CHECK int mmu_domain_teardown(struct domain *d);
/* Recount every reference and type of every frame of every domain; panics (or in tests,
   returns false) on a difference. All vCPUs paused. */
bool pvmmu_check(void);

#endif
