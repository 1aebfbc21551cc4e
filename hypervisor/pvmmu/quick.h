/* SPDX-License-Identifier: MIT */
/*
 * Steps of the short ways: frames by number, tables to lock, references to drop, where nothing is
 * out of the ordinary. Whoever gets no from one of them goes the long way.
 *
 * A table is locked without a reference of our own: its type word is read, then its owner, and
 * the lock is taken only if the word is still the same. Once locked, the table keeps its
 * references and so its owner, which is looked at again. A free frame's word is 0, never a table's.
 */
#ifndef PARAPET_PVMMU_QUICK_H
#define PARAPET_PVMMU_QUICK_H

#include "arch/x86.h"
#include "lib/compiler.h"
#include "mm/frame.h"
#include "pvmmu/entry_rules.h"
#include "pvmmu/frame_type.h"

#define QUICK_STATE_MASK  (TYPE_TYPE_MASK | TYPE_VALIDATED | TYPE_LOCKED)
#define QUICK_STATE_VALID ((uint32_t)FRAME_TYPE_L1 | TYPE_VALIDATED)

/* A RAM frame by a number of the guest's; who owns it is still to be seen. */
static ALWAYS_INLINE struct frame *quick_frame(uint64_t number)
{
    if (unlikely(number >= frame_count))
        return NULL;
    number = index_clamp(number, frame_count);
    if (unlikely(frame_chunks[number >> FRAME_CHUNK_SHIFT] != FRAME_CHUNK_LIVE))
        return NULL;
    return mfn_to_frame(mfn(number));
}

/* Those of an old entry, which may be of another domain's frame, or device memory. */
static ALWAYS_INLINE void quick_put(uint64_t entry)
{
    struct frame *frame;

    if (!entry_is_present(entry))
        return;
    frame = quick_frame(entry_mfn(entry).number);
    if (unlikely(!frame || frame->state == FRAME_STATE_RESERVED))
        return;
    if (entry & PTE_WRITE)
        frame_type_drop_writable(frame);
    frame_put(frame);
}

/* The table @number, locked, if it is a valid L1 of @d and nobody else has it. */
static ALWAYS_INLINE struct frame *quick_lock(const struct domain *d, uint64_t number)
{
    struct frame *table = quick_frame(number);
    uint32_t word;

    if (unlikely(!table))
        return NULL;
    word = type_word(table);
    if (unlikely((word & QUICK_STATE_MASK) != QUICK_STATE_VALID || !frame_is_of(table, d)))
        return NULL;
    if (unlikely(!type_exchange(table, &word, word | TYPE_LOCKED)))
        return NULL;
    if (likely(frame_is_of(table, d)))
        return table;
    table_unlock(table);
    return NULL;
}

#endif
