/* SPDX-License-Identifier: MIT */
/* memory_op: the table of its commands, and those that only answer a question. */
#include "hypercall/memory_ops.h"

#include "domain/shared_info.h"
#include "grant/grant_table.h"
#include "hypercall/dispatch.h"
#include "hypercall/operation_rows.h"
#include "lib/bits.h"
#include "lib/checked_math.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/frame_alloc.h"
#include "mm/guest_access.h"
#include "mm/m2p.h"

long memory_op_maximum_ram_page(UNUSED struct vcpu *caller, UNUSED uint32_t done)
{
    return (long)frame_count;
}

/* A number of the domain that the caller names. */
static long ask_domain(struct vcpu *caller, uint16_t id, uint64_t (*ask)(struct domain *d))
{
    struct domain *d = domain_get_target(caller, id);
    uint64_t answer;

    if (!d)
        return refuse(-ESRCH, "no domain %u, or not the caller's to name", id);
    answer = ask(d);
    domain_put(d);
    return (long)answer;
}

static uint64_t current_pages(struct domain *d)
{
    return d->total_pages;
}

static uint64_t maximum_pages(struct domain *d)
{
    return d->max_pages;
}

long memory_op_current_reservation(struct vcpu *caller, UNUSED uint32_t done,
                                   struct xen_memory_domain *op)
{
    return ask_domain(caller, op->domid, current_pages);
}

long memory_op_maximum_reservation(struct vcpu *caller, UNUSED uint32_t done,
                                   struct xen_memory_domain *op)
{
    return ask_domain(caller, op->domid, maximum_pages);
}

long memory_op_maximum_gpfn(struct vcpu *caller, UNUSED uint32_t done, struct xen_memory_domain *op)
{
    return ask_domain(caller, op->domid, shared_info_max_pfn);
}

#define M2P_EXTENT_BYTES (1UL << 21)

/* The table's pages lie together in pieces of 2 MiB, by design of mm/m2p.c. */
long memory_op_machphys_mfn_list(struct vcpu *caller, UNUSED uint32_t done,
                                 struct xen_machphys_mfn_list *op)
{
    uint64_t table_bytes = frame_count * sizeof(uint64_t);
    uint64_t number = 0; /* where there is no RAM, the last one is said again */

    if (!caller->domain->is_control)
        return refuse(-EPERM, "the frames of the M2P are for the control domain");
    frame_alloc_fill_m2p();
    op->nr_extents = 0;
    while (op->nr_extents < op->max_extents && op->nr_extents * M2P_EXTENT_BYTES < table_bytes) {
        mfn_t page = m2p_backing(mfn(op->nr_extents * (M2P_EXTENT_BYTES / sizeof(uint64_t))));

        if (!mfn_equal(page, MFN_INVALID))
            number = page.number;
        if (copy_to_guest(op->extent_start + op->nr_extents * sizeof(number), &number,
                          sizeof(number)))
            return -EFAULT;
        op->nr_extents++;
    }
    return 0;
}

long memory_op_machphys_mapping(UNUSED struct vcpu *caller, UNUSED uint32_t done,
                                struct xen_machphys_mapping *op)
{
    op->v_start = MACH2PHYS_VIRT_START;
    op->v_end = MACH2PHYS_VIRT_END;
    op->max_mfn = frame_count - 1;
    return 0;
}

/*
 * No memory is set aside: tools claim before they populate, one domain after the other, and
 * want to hear at once that there is too little.
 */
long memory_op_claim_pages(struct vcpu *caller, UNUSED uint32_t done,
                           struct xen_memory_reservation *op)
{
    if (!caller->domain->is_control)
        return refuse(-EPERM, "only the control domain claims memory");
    if (op->extent_order != 0 || op->mem_flags != 0)
        return refuse(-EINVAL, "a claim counts pages and has no flags");
    return op->nr_extents > frames_free_total() ? -ENOMEM : 0;
}

/* The size of the resource, for a caller that asks with no list. */
static long resource_size(struct domain *d, struct xen_mem_acquire_resource *op)
{
    op->nr_frames = grant_table_frame_limit(d);
    return 0;
}

static long resource_frames(struct domain *d, const struct xen_mem_acquire_resource *op)
{
    uint64_t end;

    if (!checked_add(op->frame, op->nr_frames, &end) || end > grant_table_frame_limit(d))
        return refuse(-EINVAL, "grant frames %lu and up, %u of them", op->frame, op->nr_frames);
    for (uint32_t i = 0; i < op->nr_frames; i++) {
        mfn_t frame;
        int error = grant_table_frame(d, (uint32_t)op->frame + i, &frame);

        if (error)
            return error;
        if (copy_to_guest(op->frame_list + i * sizeof(frame.number), &frame.number,
                          sizeof(frame.number)))
            return -EFAULT;
    }
    return 0;
}

/* The one kind of resource that a paravirtual domain has is its grant table. */
long memory_op_acquire_resource(struct vcpu *caller, UNUSED uint32_t done,
                                struct xen_mem_acquire_resource *op)
{
    struct domain *d;
    long result;

    if (!caller->domain->is_control)
        return refuse(-EPERM, "only the control domain maps resources");
    if (op->pad)
        return refuse(-EINVAL, "a field that must be zero is not");
    if (op->type != XENMEM_resource_grant_table)
        return refuse(-EOPNOTSUPP, "resource of type %u", op->type);
    if (op->id != XENMEM_resource_grant_table_id_shared)
        return refuse(-EINVAL, "grant table resource %u", op->id);
    d = domain_get_target(caller, op->domid);
    if (!d)
        return refuse(-ESRCH, "no domain %u", op->domid);
    result = op->nr_frames && op->frame_list ? resource_frames(d, op) : resource_size(d, op);
    domain_put(d);
    return result;
}

#define OP(number, name, argument, copy, summary) OP_CALL_EXTRA_##copy(memory, name, argument)
#include "hypercall-abi/tables/memory_ops.def"
#undef OP

static const struct operation memory_operations[] = {
#define OP(number, name, argument, copy, summary) OP_ROW(number, memory, name, argument, copy)
#include "hypercall-abi/tables/memory_ops.def"
#undef OP
};

static const struct operation_table memory_op_table = OP_TABLE("memory_op", memory_operations);

long hypercall_memory_op(struct vcpu *caller, uint64_t command, uint64_t address,
                         UNUSED uint64_t a3, UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    return operation_perform(caller, &memory_op_table, command & (BIT(MEMORY_OP_SHIFT) - 1),
                             (uint32_t)(command >> MEMORY_OP_SHIFT), address);
}
