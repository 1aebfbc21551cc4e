/* SPDX-License-Identifier: MIT */
/*
 * memory_op on reservations: extents of frames are allocated for a domain or given back.
 *
 * The answer is the number of extents done, never an error: a caller sees a short count and
 * asks again or gives up. Preempted, the call carries that number in its command.
 */
#include "domain/preempt.h"
#include "hypercall/memory_ops.h"
#include "hypercall/restart.h"
#include "lib/bits.h"
#include "lib/checked_math.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/frame_alloc.h"
#include "mm/guest_access.h"
#include "mm/m2p.h"
#include "pvmmu/pvmmu.h"

/* The largest extent in pages, by power of two: a guest's must not tie a CPU up. */
#define ORDER_MAX_GUEST   9u
#define ORDER_MAX_CONTROL 12u

unsigned memory_order_max(const struct domain *caller)
{
    return caller->is_control ? ORDER_MAX_CONTROL : ORDER_MAX_GUEST;
}

bool memory_flags_ok(uint32_t mem_flags, unsigned *address_bits)
{
    unsigned bits = xenmemf_get_address_bits(mem_flags);

    *address_bits = bits == 0 || bits > FRAME_ADDRESS_ANY ? FRAME_ADDRESS_ANY : bits;
    /* There is one memory node; a request for another, or for exactly one, cannot be met. */
    return !(mem_flags & (XENMEMF_populate_on_demand | XENMEMF_vnode)) &&
           (xenmemf_get_node(mem_flags) == 0 || xenmemf_get_node(mem_flags) == 0xff);
}

/* Counts the pages against the domain's limit before they are there. */
static bool reserve_pages(struct domain *d, uint64_t pages)
{
    bool fits;

    spin_lock(&d->lock);
    fits = pages <= d->max_pages && d->total_pages <= d->max_pages - pages;
    if (fits)
        domain_pages_add(d, pages);
    spin_unlock(&d->lock);
    return fits;
}

struct frame *memory_allocate(struct domain *d, unsigned order, unsigned address_bits)
{
    uint64_t pages = BIT(order);
    struct frame *block;

    if (!reserve_pages(d, pages))
        return NULL;
    block = frame_alloc(order, address_bits, FRAME_ALLOC_ZERO);
    if (block) {
        for (uint64_t i = 0; i < pages; i++)
            frame_assign(&block[i], d);
    }
    /* Each assigned frame is counted by itself now. */
    domain_pages_remove(d, pages);
    return block;
}

/* ---- the three calls ---- */

struct reservation {
    struct vcpu *caller;
    struct domain *domain;
    const struct xen_memory_reservation *op;
    unsigned address_bits;
};

static uint64_t extent_address(const struct reservation *r, uint64_t index)
{
    return r->op->extent_start + index * sizeof(xen_pfn_t);
}

static void set_pfns(struct frame *block, unsigned order, uint64_t pfn)
{
    for (uint64_t i = 0; i < BIT(order); i++)
        m2p_set(frame_to_mfn(&block[i]), pfn == M2P_INVALID ? M2P_INVALID : pfn + i);
}

/* False if it is not the domain's to give back, or no longer. */
static bool release_frame(struct frame *frame, struct domain *owner)
{
    bool was_allocated;

    if (!frame_get(frame, owner))
        return false;
    was_allocated = frame_release_allocation(frame);
    frame_put(frame);
    return was_allocated;
}

/* One extent: false if it cannot be had, or its number not delivered. */
static bool allocate_extent(const struct reservation *r, uint64_t index, bool has_pfn)
{
    unsigned order = r->op->extent_order;
    uint64_t pfn = M2P_INVALID;
    struct frame *block;
    uint64_t number;

    if (has_pfn && (copy_from_guest(&pfn, extent_address(r, index), sizeof(pfn)) ||
                    !range_fits(pfn, BIT(order), MEMORY_PFN_LIMIT)))
        return false;
    block = memory_allocate(r->domain, order, r->address_bits);
    if (!block)
        return false;
    set_pfns(block, order, pfn);

    number = frame_to_mfn(block).number;
    if (r->op->extent_start && copy_to_guest(extent_address(r, index), &number, sizeof(number))) {
        for (uint64_t i = 0; i < BIT(order); i++)
            release_frame(&block[i], r->domain);
        return false;
    }
    return true;
}

static bool populate_extent(const struct reservation *r, uint64_t index)
{
    return allocate_extent(r, index, true);
}

static bool increase_extent(const struct reservation *r, uint64_t index)
{
    return allocate_extent(r, index, false);
}

static bool release_extent(const struct reservation *r, uint64_t index)
{
    uint64_t first;

    if (copy_from_guest(&first, extent_address(r, index), sizeof(first)))
        return false;
    for (uint64_t i = 0; i < BIT(r->op->extent_order); i++) {
        mfn_t number = mfn(first + i);
        struct frame *frame = frame_lookup(number);

        if (!frame || !release_frame(frame, r->domain)) {
            refuse(-EINVAL, "frame %lx is not one the domain can give back", number.number);
            return false;
        }
    }
    return true;
}

/* The loop of all three. An extent of more than one page counts as a long item. */
static long for_each_extent(struct reservation *r, uint32_t done, uint32_t command,
                            bool (*act)(const struct reservation *r, uint64_t index))
{
    uint64_t count = r->op->nr_extents;
    uint32_t interval = r->op->extent_order ? 1 : PREEMPT_INTERVAL;

    for (uint32_t i = done; i < count; i++) {
        if (i != done && i % interval == 0 && preempt_pending()) {
            hypercall_set_argument(r->caller, 0, (uint64_t)i << MEMORY_OP_SHIFT | command);
            return HYPERCALL_RESTART;
        }
        if (!act(r, i))
            return i;
    }
    return (long)count;
}

static long change_reservation(struct vcpu *caller, uint32_t done, uint32_t command,
                               const struct xen_memory_reservation *op,
                               bool (*act)(const struct reservation *r, uint64_t index))
{
    struct reservation r = { .caller = caller, .op = op };
    long result = done;

    if (done >= op->nr_extents || op->nr_extents > UINT32_MAX >> MEMORY_OP_SHIFT)
        return done;
    if (op->extent_order > memory_order_max(caller->domain) ||
        !memory_flags_ok(op->mem_flags, &r.address_bits)) {
        refuse(-EINVAL, "extents of order %u, flags %#x", op->extent_order, op->mem_flags);
        return done;
    }
    r.domain = domain_get_target(caller, op->domid);
    if (!r.domain)
        return done;
    if (r.domain->life == DOMAIN_ALIVE)
        result = for_each_extent(&r, done, command, act);
    domain_put(r.domain);
    return result;
}

long memory_op_increase_reservation(struct vcpu *caller, uint32_t done,
                                    struct xen_memory_reservation *op)
{
    return change_reservation(caller, done, XENMEM_increase_reservation, op, increase_extent);
}

long memory_op_decrease_reservation(struct vcpu *caller, uint32_t done,
                                    struct xen_memory_reservation *op)
{
    return change_reservation(caller, done, XENMEM_decrease_reservation, op, release_extent);
}

long memory_op_populate_physmap(struct vcpu *caller, uint32_t done,
                                struct xen_memory_reservation *op)
{
    return change_reservation(caller, done, XENMEM_populate_physmap, op, populate_extent);
}
