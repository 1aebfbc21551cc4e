/* SPDX-License-Identifier: MIT */
/*
 * Copies between frames, each of which is the caller's own or granted to it.
 *
 * Both ends are held while bytes move: by a reference (with the writable type where it is written
 * to), and a granted one by a pin, so that the granting domain sees that it is in use. An end that
 * the next copy of the piece names again stays open for it.
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

/* From here on the processor's string move is faster than a loop. */
#define LONG_COPY_BYTES 128u

/* One end of a copy. */
struct copy_end {
    bool is_target;
    bool is_open;
    /* While open: what it is the end for, */
    bool is_granted;
    struct gnttab_copy_ptr name;
    /* and what is held. */
    struct frame *frame;
    struct grant_table *table; /* of a granted frame */
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
    int status = grant_claim(end->table, end->name.u.ref, user, end->is_target, &claim);

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

static int open_granted(struct copy_end *end, struct domain *user)
{
    uint16_t granter = end->name.domid;
    int status;

    end->table = granter == DOMID_SELF ? user->grants : grant_table_of(granter);
    if (unlikely(!end->table))
        return GNTST_bad_domain;
    spin_lock(&end->table->lock);
    status = hold_granted(end, user->id);
    spin_unlock(&end->table->lock);
    return status;
}

static int open_own(struct copy_end *end, struct domain *d)
{
    if (unlikely(end->name.domid != DOMID_SELF))
        return refuse(GNTST_permission_denied, "a frame of domain %u by its number",
                      end->name.domid);
    end->frame = frame_lookup(mfn(end->name.u.gmfn));
    if (unlikely(!end->frame))
        return refuse(GNTST_bad_page, "frame %#lx", end->name.u.gmfn);
    return hold_frame(end, d);
}

static void end_close(struct copy_end *end)
{
    if (!end->is_open)
        return;
    end->is_open = false;
    if (end->is_target)
        frame_put_and_type(end->frame);
    else
        frame_put(end->frame);
    if (!end->is_granted)
        return;
    spin_lock(&end->table->lock);
    grant_unpin(end->table, end->name.u.ref, kind_of(end));
    spin_unlock(&end->table->lock);
}

/* Whether the end is open for just this. */
static bool is_open_for(const struct copy_end *end, const struct gnttab_copy_ptr *name,
                        bool is_granted)
{
    if (!end->is_open || end->is_granted != is_granted || end->name.domid != name->domid)
        return false;
    return is_granted ? end->name.u.ref == name->u.ref : end->name.u.gmfn == name->u.gmfn;
}

static int end_open(struct copy_end *end, struct domain *user, const struct gnttab_copy_ptr *name,
                    bool is_granted)
{
    int status;

    if (is_open_for(end, name, is_granted))
        return GNTST_okay;
    end_close(end);
    end->is_granted = is_granted;
    end->name = *name;
    status = is_granted ? open_granted(end, user) : open_own(end, user);
    end->is_open = status == GNTST_okay;
    return status;
}

static void copy_bytes(const struct copy_end *target, const struct copy_end *source,
                       const struct gnttab_copy *op)
{
    uint8_t *to = (uint8_t *)mfn_to_virt(frame_to_mfn(target->frame)) + op->dest.offset;
    const uint8_t *from =
        (const uint8_t *)mfn_to_virt(frame_to_mfn(source->frame)) + op->source.offset;
    size_t tail = op->len % sizeof(uint64_t);

    if (op->len < LONG_COPY_BYTES || target->frame == source->frame) {
        memmove(to, from, op->len);
        return;
    }
    copy_words(to, from, op->len / sizeof(uint64_t));
    memcpy(to + op->len - tail, from + op->len - tail, tail);
}

static int copy_one(struct domain *user, struct copy_end *source, struct copy_end *target,
                    const struct gnttab_copy *op)
{
    int status;

    if (unlikely(!range_fits(op->source.offset, op->len, PAGE_SIZE) ||
                 !range_fits(op->dest.offset, op->len, PAGE_SIZE)))
        return refuse(GNTST_bad_copy_arg, "copy of %u bytes from %u to %u", op->len,
                      op->source.offset, op->dest.offset);
    status = end_open(source, user, &op->source, op->flags & GNTCOPY_source_gref);
    if (likely(!status))
        status = end_open(target, user, &op->dest, op->flags & GNTCOPY_dest_gref);
    if (likely(!status))
        copy_bytes(target, source, op);
    return status;
}

long gnttab_op_copy(struct vcpu *caller, struct gnttab_copy *ops, uint32_t count)
{
    struct copy_end source = { .is_target = false };
    struct copy_end target = { .is_target = true };

    trace(TRACE_GRANT_COPY, ops[0].source.domid, ops[0].dest.domid, count);
    for (uint32_t i = 0; i < count; i++)
        ops[i].status = (int16_t)copy_one(caller->domain, &source, &target, &ops[i]);
    end_close(&source);
    end_close(&target);
    this_cpu()->counters.grant_copy += count;
    caller->counters.grant_copies += count;
    return 0;
}
