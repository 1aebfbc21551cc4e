/* SPDX-License-Identifier: MIT */
/*
 * memory_op exchange: a domain trades frames it has for others that are contiguous, or low enough
 * for a device.
 *
 * It goes chunk by chunk, a chunk being as many pages as the larger of the two extents. The
 * given frames of a chunk are taken at once, so that nobody can get a reference to them; then
 * everything that can fail is done; then the new ones are handed over. If a chunk fails, its
 * frames are given back as they were, and earlier chunks stay exchanged: `nr_exchanged`, which
 * is copied out in any case, says how many extents of `in` that are, and a restarted call goes on
 * from there. Linux exchanges one chunk per call.
 */
#include "arch/arch.h"
#include "domain/preempt.h"
#include "hypercall/memory_ops.h"
#include "hypercall/restart.h"
#include "lib/bits.h"
#include "lib/checked_math.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/frame_alloc.h"
#include "mm/guest_access.h"
#include "mm/heap.h"
#include "mm/m2p.h"
#include "pvmmu/pvmmu.h"

struct exchange {
    struct domain *domain;
    const struct xen_memory_exchange *op;
    unsigned address_bits;
    unsigned chunk_order;
    uint32_t in_extents; /* of a chunk */
    uint32_t out_extents;
    struct frame **taken; /* the pages of a chunk */
    struct frame **given; /* the blocks */
    uint64_t *pfns;       /* where each block goes */
};

static void give_back_taken(struct exchange *x, uint64_t count)
{
    while (count > 0)
        frame_unsteal(x->taken[--count], x->domain);
}

static bool take_frame(struct frame *frame, struct domain *owner)
{
    if (!frame_get(frame, owner))
        return false;
    if (frame_steal(frame, owner))
        return true;
    frame_put(frame);
    return false;
}

/* All pages of @chunk's given extents. On failure none is taken. */
static int take_frames(struct exchange *x, uint64_t chunk)
{
    unsigned order = x->op->in.extent_order;
    uint64_t first, taken = 0;

    for (uint32_t extent = 0; extent < x->in_extents; extent++) {
        uint64_t index = chunk * x->in_extents + extent;

        if (copy_from_guest(&first, x->op->in.extent_start + index * sizeof(first),
                            sizeof(first))) {
            give_back_taken(x, taken);
            return -EFAULT;
        }
        for (uint64_t i = 0; i < BIT(order); i++) {
            struct frame *frame = frame_lookup(mfn(first + i));

            if (!frame || !take_frame(frame, x->domain)) {
                give_back_taken(x, taken);
                return refuse(-EINVAL, "frame %lx is not the domain's, or still in use", first + i);
            }
            x->taken[taken++] = frame;
        }
    }
    return 0;
}

static void free_given(struct exchange *x, uint32_t count)
{
    while (count > 0)
        frame_free(x->given[--count], x->op->out.extent_order);
}

/* The new blocks and the pfns they are for. On failure none is left. */
static int prepare_blocks(struct exchange *x, uint64_t chunk)
{
    unsigned order = x->op->out.extent_order;
    uint64_t address = x->op->out.extent_start + chunk * x->out_extents * sizeof(uint64_t);

    if (copy_from_guest(x->pfns, address, x->out_extents * sizeof(uint64_t)))
        return -EFAULT;
    for (uint32_t i = 0; i < x->out_extents; i++) {
        if (!range_fits(x->pfns[i], BIT(order), MEMORY_PFN_LIMIT)) {
            free_given(x, i);
            return refuse(-EINVAL, "page-frame number %lx", x->pfns[i]);
        }
        x->given[i] = frame_alloc(order, x->address_bits, FRAME_ALLOC_ZERO);
        if (!x->given[i]) {
            free_given(x, i);
            return -ENOMEM;
        }
    }
    return 0;
}

static void hand_over(struct exchange *x)
{
    unsigned order = x->op->out.extent_order;

    for (uint32_t i = 0; i < x->out_extents; i++) {
        for (uint64_t page = 0; page < BIT(order); page++) {
            struct frame *frame = &x->given[i][page];

            frame_assign(frame, x->domain);
            m2p_set(frame_to_mfn(frame), x->pfns[i] + page);
        }
    }
    for (uint64_t i = 0; i < BIT(x->chunk_order); i++) {
        m2p_set(frame_to_mfn(x->taken[i]), M2P_INVALID);
        frame_free_stolen(x->taken[i], x->domain);
    }
}

/* The new frames' numbers; what cannot be written the guest finds in the M2P. */
static int report_frames(struct exchange *x, uint64_t chunk)
{
    uint64_t address = x->op->out.extent_start + chunk * x->out_extents * sizeof(uint64_t);

    for (uint32_t i = 0; i < x->out_extents; i++) {
        uint64_t number = frame_to_mfn(x->given[i]).number;

        if (copy_to_guest(address + i * sizeof(number), &number, sizeof(number)))
            return -EFAULT;
    }
    return 0;
}

static int exchange_chunk(struct exchange *x, uint64_t chunk)
{
    int error = take_frames(x, chunk);

    if (error)
        return error;
    error = prepare_blocks(x, chunk);
    if (error) {
        give_back_taken(x, BIT(x->chunk_order));
        return error;
    }
    hand_over(x);
    return report_frames(x, chunk);
}

/* -ERESTART, or the result; op->nr_exchanged says how far it came. */
static int exchange_chunks(struct exchange *x, struct xen_memory_exchange *op)
{
    uint64_t chunks = op->in.nr_extents / x->in_extents;
    uint64_t chunk = op->nr_exchanged / x->in_extents;

    for (uint64_t done = 0; chunk < chunks; chunk++, done++) {
        int error;

        if (done && preempt_pending())
            return -ERESTART;
        error = exchange_chunk(x, chunk);
        if (error)
            return error;
        op->nr_exchanged = (chunk + 1) * x->in_extents;
    }
    return 0;
}

static int check_request(const struct vcpu *caller, const struct xen_memory_exchange *op)
{
    unsigned order_max = memory_order_max(caller->domain);
    const struct xen_memory_reservation *in = &op->in, *out = &op->out;

    if (in->extent_order > order_max || out->extent_order > order_max)
        return refuse(-EPERM, "extents of order %u and %u", in->extent_order, out->extent_order);
    if (in->nr_extents > BIT(32) || out->nr_extents > BIT(32) ||
        in->nr_extents << in->extent_order != out->nr_extents << out->extent_order)
        return refuse(-EINVAL, "the two sides differ in size");
    if (in->domid != out->domid || op->nr_exchanged > in->nr_extents)
        return refuse(-EINVAL, "two domains, or more done than there is");
    return 0;
}

static int exchange_prepare(struct exchange *x)
{
    const struct xen_memory_reservation *in = &x->op->in, *out = &x->op->out;

    x->chunk_order = in->extent_order > out->extent_order ? in->extent_order : out->extent_order;
    x->in_extents = 1u << (x->chunk_order - in->extent_order);
    x->out_extents = 1u << (x->chunk_order - out->extent_order);
    if (in->nr_extents % x->in_extents || x->op->nr_exchanged % x->in_extents)
        return refuse(-EINVAL, "the last extent is not complete");

    x->taken = heap_alloc(sizeof(x->taken[0]) << x->chunk_order);
    x->given = heap_alloc(sizeof(x->given[0]) * x->out_extents);
    x->pfns = heap_alloc(sizeof(x->pfns[0]) * x->out_extents);
    return x->taken && x->given && x->pfns ? 0 : -ENOMEM;
}

static int exchange_perform(struct exchange *x, struct xen_memory_exchange *op)
{
    int error = exchange_prepare(x);

    if (!error)
        error = exchange_chunks(x, op);
    heap_free(x->pfns);
    heap_free(x->given);
    heap_free(x->taken);
    return error;
}

long memory_op_exchange(struct vcpu *caller, UNUSED uint32_t done, struct xen_memory_exchange *op)
{
    struct exchange x = { .op = op };
    int error = check_request(caller, op);

    if (error)
        return error;
    if (!memory_flags_ok(op->in.mem_flags | op->out.mem_flags, &x.address_bits))
        return refuse(-EINVAL, "flags %#x", op->out.mem_flags);
    x.domain = domain_get_target(caller, op->in.domid);
    if (!x.domain)
        return refuse(-ESRCH, "no domain %u, or not the caller's to name", op->in.domid);
    error = exchange_perform(&x, op);
    domain_put(x.domain);
    return error == -ERESTART ? HYPERCALL_RESTART : error;
}
