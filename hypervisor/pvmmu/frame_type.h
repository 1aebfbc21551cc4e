/* SPDX-License-Identifier: MIT */
/*
 * The type word of a frame, and the references that go with it.
 *
 * A type reference always comes with a general reference of its own (frame_get), which keeps the
 * frame and its owner; functions here take or drop both together. The word is in one of five
 * states:
 *
 *   unused     count 0. The type is the last one: while it stays, no flush is needed to take it
 *              again.
 *   busy       count 1, none of the bits below. One CPU is changing the type or validating; it
 *              alone writes the word. Others wait, or give up if they want another type.
 *   valid      VALIDATED, count >= 1. Tables may be LOCKED by a CPU that writes an entry, which
 *              holds off the drop of the last reference. PINNED is one of the references.
 *   partial    PARTIAL, one reference: a page table of which `index` entries are validated. The
 *              state itself holds the references; whoever wants the type goes on from there.
 *   going      GOING, one reference: the last one went, or validation failed. For page tables
 *              the first `index` entries still hold references, and the frame is on its owner's
 *              list of tables to take apart (or just being taken apart). tlb_stamp is the
 *              list's link then. Other types pass it at once.
 *
 * The count is the topmost field, so that no sum of references can disturb the state. A partial or
 * going frame has 1 + index in its place: its one reference needs no count.
 *
 * FOREIGN and NONCOHERENT are notes for the next change of type: another domain has had the
 * frame mapped writable (so flush all CPUs, not just the owner's); it was mapped writable
 * with another cache type than write-back (so flush it from the caches).
 */
#ifndef PARAPET_PVMMU_FRAME_TYPE_H
#define PARAPET_PVMMU_FRAME_TYPE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "arch/tlb.h"
#include "lib/assert.h"
#include "lib/bits.h"
#include "lib/compiler.h"
#include "lib/spinlock.h"
#include "mm/frame.h"
#include "pvmmu/pvmmu.h"

#define TYPE_TYPE_MASK   0xfu
#define TYPE_VALIDATED   (1u << 4)
#define TYPE_PINNED      (1u << 5)
#define TYPE_PARTIAL     (1u << 6)
#define TYPE_GOING       (1u << 7)
#define TYPE_LOCKED      (1u << 8)
#define TYPE_FOREIGN     (1u << 9)
#define TYPE_NONCOHERENT (1u << 10)
#define TYPE_COUNT_SHIFT 11
#define TYPE_COUNT_ONE   (1u << TYPE_COUNT_SHIFT)
#define TYPE_COUNT_MASK  (~0u << TYPE_COUNT_SHIFT)
#define TYPE_COUNT_LIMIT (1u << 20) /* no reference beyond this is given out */

static inline uint32_t type_word(const struct frame *frame)
{
    return atomic_load_explicit(&frame->type, memory_order_acquire);
}

static inline uint32_t type_bits(enum frame_type type)
{
    return (uint32_t)type;
}

static inline enum frame_type type_of(uint32_t word)
{
    return (enum frame_type)(word & TYPE_TYPE_MASK);
}

/* References; of a partial or going frame just not zero. */
static inline uint32_t type_count(uint32_t word)
{
    return word >> TYPE_COUNT_SHIFT;
}

/* Of a partial or going table. */
static inline unsigned type_index(uint32_t word)
{
    return type_count(word) - 1;
}

static inline uint32_t type_with_index(uint32_t word, unsigned index)
{
    return (word & ~TYPE_COUNT_MASK) | (index + 1) << TYPE_COUNT_SHIFT;
}

static inline bool type_is_table(enum frame_type type)
{
    return type >= FRAME_TYPE_L1 && type <= FRAME_TYPE_L4;
}

/* Whether the word says: a validated table of this type. */
static inline bool type_is_valid(uint32_t word, enum frame_type type)
{
    return (word & TYPE_VALIDATED) && type_of(word) == type;
}

static inline bool type_exchange(struct frame *frame, uint32_t *seen, uint32_t word)
{
    return atomic_compare_exchange_weak_explicit(&frame->type, seen, word, memory_order_acq_rel,
                                                 memory_order_acquire);
}

static inline uint64_t *frame_table_entries(const struct frame *frame)
{
    return mfn_to_virt(frame_to_mfn(frame));
}

/* ---- general references ---- */

/* frame_get for an owner that the caller knows to be alive. */
static inline bool frame_get_quick(struct frame *frame, const struct domain *owner)
{
    uint32_t count = atomic_load_explicit(&frame->count, memory_order_relaxed);

    if (unlikely(!frame_is_of(frame, owner)))
        return false;
    do {
        /* Neither 0 nor too many, in one comparison. */
        if (unlikely(((count - 1) & FRAME_COUNT_MASK) >= FRAME_COUNT_LIMIT - 1))
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&frame->count, &count, count + 1,
                                                    memory_order_acquire, memory_order_relaxed));
    if (likely(frame_is_of(frame, owner)))
        return true;
    frame_put(frame);
    return false;
}

/* ---- type references (frame_type.c) ---- */

/* Flags of frame_type_get. */
#define TYPE_GET_RESTARTABLE 1u /* may validate, wait and say -ERESTART; no spinlock is held */
#define TYPE_GET_FOREIGN     2u /* a writable mapping by another domain than the owner */

/*
 * frame_type_get - the caller has a general reference and makes it a general and type reference.
 * If that fails, the general reference is gone, too (dropped, or kept by a partial table).
 */
MUST_CHECK int frame_type_get(struct frame *frame, enum frame_type type, unsigned flags);

/* A writable type reference, if that takes no flush, no validation and no waiting; @notes is 0 or
 * TYPE_FOREIGN. As frame_type_get, but false leaves the general reference with the caller. */
static ALWAYS_INLINE bool frame_type_get_writable_quick(struct frame *frame, uint32_t notes)
{
    uint32_t word = type_word(frame);

    if (unlikely(type_of(word) != FRAME_TYPE_WRITABLE || type_count(word) >= TYPE_COUNT_LIMIT))
        return false;
    /* It is valid, or was last: nothing to flush. GOING has a count, too. */
    if (unlikely(!(word & TYPE_VALIDATED) && type_count(word) != 0))
        return false;
    return type_exchange(frame, &word, (word | TYPE_VALIDATED | notes) + TYPE_COUNT_ONE);
}

/* frame_type_put - drop a type reference and its general one. A table may become `going`. */
void frame_type_put(struct frame *frame);

/* The frame, which is ours alone (busy or going), is unused. */
static inline void frame_type_retire_only(struct frame *frame, enum frame_type type)
{
    uint32_t notes = type_word(frame) & (TYPE_FOREIGN | TYPE_NONCOHERENT);

    frame->tlb_stamp = tlb_stamp_now();
    atomic_store_explicit(&frame->type, type_bits(type) | notes, memory_order_release);
}

/* The same, and its general reference is dropped. */
static inline void frame_type_retire(struct frame *frame, enum frame_type type)
{
    frame_type_retire_only(frame, type);
    frame_put(frame);
}

/* Make a writable type reference a general one only. */
static ALWAYS_INLINE void frame_type_drop_writable(struct frame *frame)
{
    uint32_t word = type_word(frame);

    for (;;) {
        ASSERT(type_is_valid(word, FRAME_TYPE_WRITABLE) && type_count(word) > 0);
        if (type_count(word) > 1) {
            if (type_exchange(frame, &word, word - TYPE_COUNT_ONE))
                return;
        } else if (type_exchange(frame, &word, (word & ~TYPE_VALIDATED) | TYPE_GOING)) {
            frame_type_retire_only(frame, FRAME_TYPE_WRITABLE);
            return;
        }
    }
}

/*
 * table_lock - take the write lock of a validated table of @type; false when it is none. Short
 * work only, no other such lock, and no drop of a table's reference until table_unlock.
 */
MUST_CHECK bool table_lock(struct frame *frame, enum frame_type type);

static inline void table_unlock(struct frame *frame)
{
    ASSERT(type_word(frame) & TYPE_LOCKED);
    atomic_fetch_and_explicit(&frame->type, ~TYPE_LOCKED, memory_order_release);
}

/* Pin: turn the caller's type reference into the pin; false: it is pinned already. */
MUST_CHECK bool frame_type_pin(struct frame *frame);
/* Unpin: the pin's reference becomes the caller's; false: it is not pinned. */
MUST_CHECK bool frame_type_unpin(struct frame *frame);

/* A partial table will not be finished: list it as going. False: it is not partial any more. */
bool frame_type_abandon(struct frame *frame);

/* ---- tables that are going (teardown.c) ---- */

void going_push(struct frame *frame);

#endif
