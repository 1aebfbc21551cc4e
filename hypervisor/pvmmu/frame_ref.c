/* SPDX-License-Identifier: MIT */
/*
 * General references: who owns a frame, and how many things refer to it.
 *
 * A frame is its owner's from frame_assign() until the count falls to zero, which is also when
 * the owner stops paying for it. The count is changed by compare-and-swap; a reference is
 * taken only while there is another one, so a frame at zero belongs to whoever brought it there.
 */
#include "arch/arch.h"
#include "lib/assert.h"
#include "mm/frame_alloc.h"
#include "mm/heap.h"
#include "mm/m2p.h"
#include "pvmmu/cache.h"
#include "pvmmu/frame_type.h"
#include "pvmmu/pvmmu.h"

/* The first MiB counts as device memory, RAM or not. */
#define FIRST_MFN_OF_DOMAINS 0x100u

struct frame *frame_lookup(mfn_t number)
{
    struct frame *frame;

    if (number.number < FIRST_MFN_OF_DOMAINS || !mfn_valid(number))
        return NULL;
    frame = mfn_to_frame(mfn(index_clamp(number.number, frame_count)));
    return frame->state == FRAME_STATE_RESERVED ? NULL : frame;
}

bool frame_get(struct frame *frame, struct domain *owner)
{
    return atomic_load_explicit(&owner->life, memory_order_acquire) == DOMAIN_ALIVE &&
           frame_get_quick(frame, owner);
}

/* Nothing refers to the frame any more; nobody else can reach it. */
static void clear_frame(struct frame *frame)
{
    uint32_t word = type_word(frame);

    ASSERT(type_count(word) == 0);
    if (word & TYPE_NONCOHERENT)
        cache_flush_frame(frame);
    atomic_store_explicit(&frame->count, 0, memory_order_relaxed);
    atomic_store_explicit(&frame->type, 0, memory_order_relaxed);
    atomic_store_explicit(&frame->owner, 0, memory_order_relaxed);
    /* Read-only mappings left no stamp of their own. */
    frame->tlb_stamp = tlb_stamp_now();
    m2p_set(frame_to_mfn(frame), M2P_INVALID);
}

void frame_last_reference_went(struct frame *frame, uint32_t flags)
{
    struct domain *owner = frame_owner(frame);

    ASSERT(!(flags & FRAME_ALLOCATED));
    clear_frame(frame);
    if (flags & FRAME_RAM_SPECIAL) {
        page_free(mfn_to_virt(frame_to_mfn(frame)));
        domain_put(owner);
    } else {
        frame_free(frame, 0);
        domain_pages_remove(owner, 1);
    }
}

/* Others may assign frames to the same domain at this moment. */
static void widen_range(struct domain *owner, uint64_t number)
{
    uint64_t first = atomic_load_explicit(&owner->frames_first, memory_order_relaxed);
    uint64_t end = atomic_load_explicit(&owner->frames_end, memory_order_relaxed);

    while (number < first &&
           !atomic_compare_exchange_weak_explicit(&owner->frames_first, &first, number,
                                                  memory_order_relaxed, memory_order_relaxed))
        ;
    while (number >= end &&
           !atomic_compare_exchange_weak_explicit(&owner->frames_end, &end, number + 1,
                                                  memory_order_relaxed, memory_order_relaxed))
        ;
}

void frame_assign(struct frame *frame, struct domain *owner)
{
    widen_range(owner, frame_to_mfn(frame).number);
    ASSERT(atomic_load(&frame->count) == 0 && atomic_load(&frame->type) == 0);
    domain_pages_add(owner, 1);
    atomic_store_explicit(&frame->owner, frame_owner_of(owner), memory_order_relaxed);
    atomic_store_explicit(&frame->count, FRAME_ALLOCATED | 1, memory_order_release);
}

/* Whether the allocation was still there; now it is not. */
static bool test_and_clear_allocated(struct frame *frame)
{
    return atomic_fetch_and_explicit(&frame->count, ~FRAME_ALLOCATED, memory_order_acq_rel) &
           FRAME_ALLOCATED;
}

bool frame_release_allocation(struct frame *frame)
{
    if (atomic_load_explicit(&frame->count, memory_order_relaxed) & FRAME_RAM_SPECIAL)
        return false;
    if (!test_and_clear_allocated(frame))
        return false;
    frame_put(frame);
    return true;
}

bool frame_steal(struct frame *frame, struct domain *owner)
{
    uint32_t expected = FRAME_ALLOCATED | 2;

    /* No type reference without a general one, so the type's count is zero with it. */
    ASSERT(frame_is_of(frame, owner));
    if (!atomic_compare_exchange_strong_explicit(&frame->count, &expected, 0, memory_order_acq_rel,
                                                 memory_order_relaxed))
        return false;
    ASSERT(type_count(type_word(frame)) == 0);
    atomic_store_explicit(&frame->owner, 0, memory_order_relaxed);
    return true;
}

void frame_unsteal(struct frame *frame, struct domain *owner)
{
    atomic_store_explicit(&frame->owner, frame_owner_of(owner), memory_order_relaxed);
    atomic_store_explicit(&frame->count, FRAME_ALLOCATED | 1, memory_order_release);
}

void frame_free_stolen(struct frame *frame, struct domain *owner)
{
    clear_frame(frame);
    frame_free(frame, 0);
    domain_pages_remove(owner, 1);
}

void frame_share_special(struct frame *frame, struct domain *owner, bool writable)
{
    /* A read-only page has a type that no mapping can take, so it is never mapped writable. */
    uint32_t type = type_bits(writable ? FRAME_TYPE_WRITABLE : FRAME_TYPE_NONE);

    ASSERT(atomic_load(&frame->count) == 0 && atomic_load(&frame->type) == 0);
    MUST(domain_get(owner));
    atomic_store_explicit(&frame->type, type | TYPE_VALIDATED | TYPE_COUNT_ONE,
                          memory_order_relaxed);
    atomic_store_explicit(&frame->owner, frame_owner_of(owner), memory_order_relaxed);
    atomic_store_explicit(&frame->count, FRAME_RAM_SPECIAL | FRAME_ALLOCATED | 1,
                          memory_order_release);
}

void frame_unshare_special(struct frame *frame)
{
    ASSERT(atomic_load(&frame->count) & FRAME_RAM_SPECIAL);
    MUST(test_and_clear_allocated(frame));
    frame_type_put(frame);
}
