/* SPDX-License-Identifier: MIT */
/*
 * Copies between frames, each of which is the caller's own or granted to it.
 *
 * Both ends are held for the time of one copy: by a reference (with the writable type where it
 * is written to), and a granted one by a pin, so that the granting domain sees that it is in use.
 */
#include "arch/arch.h"
#include "console/trace.h"
#include "domain/domain.h"
#include "grant/grant_entry.h"
#include "grant/grant_ops.h"
#include "lib/checked_math.h"
#include "lib/refuse.h"
#include "lib/string.h"
#include "pvmmu/pvmmu.h"

/* One end of a copy, opened. */
struct copy_end {
    struct frame *frame;
    bool is_target;
    struct grant_table *table; /* of a granted frame; NULL: it is the caller's own */
    grant_ref_t ref;
};

static int hold_frame(struct copy_end *end, struct domain *owner)
{
    if (!end->is_target)
        return frame_get(end->frame, owner) ? GNTST_okay : GNTST_bad_page;
    return frame_get_and_type(end->frame, owner, FRAME_TYPE_WRITABLE) ? GNTST_general_error
                                                                      : GNTST_okay;
}

static enum grant_kind kind_of(const struct copy_end *end)
{
    return end->is_target ? GRANT_HOST_WRITE : GRANT_HOST_READ;
}

/* The table's lock is held. */
static int hold_granted(struct copy_end *end, uint16_t user)
{
    struct domain *owner = end->table->owner;
    struct grant_claim claim;
    int status = grant_claim(end->table, end->ref, user, end->is_target, &claim);

    if (unlikely(status))
        return status;
    end->frame = grant_frame_of(grant_claim_frame(claim), owner);
    status = end->frame ? hold_frame(end, owner) : GNTST_bad_page;
    if (likely(!status))
        grant_pin(claim, kind_of(end));
    else
        grant_claim_drop(claim);
    return status;
}

static int open_granted(struct copy_end *end, struct domain *user, uint16_t granter)
{
    int status;

    end->table = granter == DOMID_SELF ? user->grants : grant_table_of(granter);
    if (unlikely(!end->table))
        return GNTST_bad_domain;
    spin_lock(&end->table->lock);
    status = hold_granted(end, user->id);
    spin_unlock(&end->table->lock);
    return status;
}

static int open_own(struct copy_end *end, struct domain *d, uint16_t owner, uint64_t number)
{
    if (unlikely(owner != DOMID_SELF))
        return refuse(GNTST_permission_denied, "a frame of domain %u by its number", owner);
    end->frame = frame_lookup(mfn(number));
    if (unlikely(!end->frame))
        return refuse(GNTST_bad_page, "frame %#lx", number);
    return hold_frame(end, d);
}

static int end_open(struct vcpu *caller, const struct gnttab_copy_ptr *from, bool is_granted,
                    struct copy_end *end)
{
    if (!is_granted)
        return open_own(end, caller->domain, from->domid, from->u.gmfn);
    end->ref = from->u.ref;
    return open_granted(end, caller->domain, from->domid);
}

static void end_close(const struct copy_end *end)
{
    if (end->is_target)
        frame_put_and_type(end->frame);
    else
        frame_put(end->frame);
    if (!end->table)
        return;
    spin_lock(&end->table->lock);
    grant_unpin(end->table, end->ref, kind_of(end));
    spin_unlock(&end->table->lock);
}

static uint8_t *end_bytes(const struct copy_end *end, uint16_t offset)
{
    return (uint8_t *)mfn_to_virt(frame_to_mfn(end->frame)) + offset;
}

static int copy_one(struct vcpu *caller, const struct gnttab_copy *op)
{
    struct copy_end source = { .is_target = false };
    struct copy_end target = { .is_target = true };
    int status;

    if (unlikely(!range_fits(op->source.offset, op->len, PAGE_SIZE) ||
                 !range_fits(op->dest.offset, op->len, PAGE_SIZE)))
        return refuse(GNTST_bad_copy_arg, "copy of %u bytes from %u to %u", op->len,
                      op->source.offset, op->dest.offset);
    status = end_open(caller, &op->source, op->flags & GNTCOPY_source_gref, &source);
    if (unlikely(status))
        return status;
    status = end_open(caller, &op->dest, op->flags & GNTCOPY_dest_gref, &target);
    if (likely(!status)) {
        /* Both may be in the same frame. */
        memmove(end_bytes(&target, op->dest.offset), end_bytes(&source, op->source.offset),
                op->len);
        end_close(&target);
    }
    end_close(&source);
    return status;
}

long gnttab_op_copy(struct vcpu *caller, struct gnttab_copy *ops, uint32_t count)
{
    trace(TRACE_GRANT_COPY, ops[0].source.domid, ops[0].dest.domid, count);
    for (uint32_t i = 0; i < count; i++)
        ops[i].status = (int16_t)copy_one(caller, &ops[i]);
    this_cpu()->counters.grant_copy += count;
    return 0;
}
