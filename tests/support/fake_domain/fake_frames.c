/* SPDX-License-Identifier: MIT */
/*
 * In place of the references and types of pvmmu/: the same rules of counting, no page tables. The
 * type word is just the number of writable references, or a mark that there can be none.
 */
#include <stdlib.h>

#include "lib/errno.h"
#include "mm/frame_alloc.h"
#include "pvmmu/pvmmu.h"
#include "support/fake_domain/fake_domain.h"

#define IS_TABLE (1u << 31)

struct frame *fake_frame_create(struct domain *owner)
{
    struct frame *frame = frame_alloc(0, FRAME_ADDRESS_ANY, FRAME_ALLOC_ZERO);

    if (!frame)
        abort();
    atomic_store(&frame->owner, frame_owner_of(owner));
    atomic_store(&frame->count, FRAME_ALLOCATED | 1);
    atomic_store(&frame->type, 0);
    return frame;
}

void fake_frame_destroy(struct frame *frame)
{
    atomic_store(&frame->owner, 0);
    atomic_store(&frame->count, 0);
    atomic_store(&frame->type, 0);
    frame_free(frame, 0);
}

uint64_t fake_frame_references(const struct frame *frame)
{
    uint32_t count = atomic_load(&frame->count);

    return (count & FRAME_COUNT_MASK) - (count & FRAME_ALLOCATED ? 1 : 0);
}

uint64_t fake_frame_writable_count(const struct frame *frame)
{
    return atomic_load(&frame->type) & ~IS_TABLE;
}

void fake_frame_make_table(struct frame *frame, bool is_table)
{
    atomic_store(&frame->type, is_table ? IS_TABLE : 0);
}

/* ---- pvmmu.h ---- */

struct frame *frame_lookup(mfn_t number)
{
    return mfn_valid(number) ? mfn_to_frame(number) : NULL;
}

bool frame_get(struct frame *frame, struct domain *owner)
{
    if (!frame_is_of(frame, owner) || !(atomic_load(&frame->count) & FRAME_COUNT_MASK))
        return false;
    atomic_fetch_add(&frame->count, 1);
    return true;
}

void frame_last_reference_went(struct frame *frame, uint32_t before)
{
    (void)before;
    fake_frame_destroy(frame);
}

int frame_get_and_type(struct frame *frame, struct domain *owner, enum frame_type type)
{
    if (type != FRAME_TYPE_WRITABLE)
        abort();
    if (!frame_get(frame, owner))
        return -EINVAL;
    if (atomic_load(&frame->type) & IS_TABLE) {
        frame_put(frame);
        return -EBUSY;
    }
    atomic_fetch_add(&frame->type, 1);
    return 0;
}

void frame_put_and_type(struct frame *frame)
{
    if ((atomic_fetch_sub(&frame->type, 1) & ~IS_TABLE) == 0)
        abort();
    frame_put(frame);
}

void frame_share_special(struct frame *frame, struct domain *owner, bool writable)
{
    (void)writable;
    atomic_store(&frame->owner, frame_owner_of(owner));
    atomic_store(&frame->count, FRAME_RAM_SPECIAL | 1);
    atomic_store(&frame->type, 0);
}

void frame_unshare_special(struct frame *frame)
{
    frame_put(frame);
}
