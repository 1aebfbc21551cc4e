/* SPDX-License-Identifier: MIT */
/*
 * The short way of entry_write() (entry_write.c has the reasons for the order of steps): no
 * errors, no waiting. Whatever is not plain is left to the long way, as if nothing had been tried.
 *
 * Updates of one table in a row are made under one lock of it. What is dropped under it are
 * references to data pages only, never to a table.
 *
 * The table is locked without a reference of our own: its type word is read, then its owner, and
 * the lock is taken only if the word is still the same. Once locked, the table keeps its
 * references and so its owner, which is looked at again. If the frame was freed in between, its
 * type word is a link of the allocator's free list, whose high half is a frame number or all
 * ones; below QUICK_FRAMES_MAX such a number never looks like a validated table.
 */
#include "pvmmu/entry_quick.h"

#include "arch/x86.h"
#include "domain/domain.h"
#include "pvmmu/entry_ref.h"
#include "pvmmu/entry_rules.h"
#include "pvmmu/frame_type.h"

/* The first frame number that, in the high half of a type word, could be a valid L1's. */
#define QUICK_FRAMES_MAX ((type_bits(FRAME_TYPE_L1) | TYPE_VALIDATED) >> 32)

#define STATE_MASK  (type_bits((enum frame_type)15) | TYPE_VALIDATED | TYPE_LOCKED)
#define STATE_VALID (type_bits(FRAME_TYPE_L1) | TYPE_VALIDATED)

/* Bits of an entry on which its references or our notes about the frame depend. */
#define REFERENCE_BITS (PTE_PRESENT | PTE_WRITE | PTE_ADDRESS_MASK | PTE_CACHE_BITS)

/* Frames below it are handled here; 0 before start, or when there are too many of them. */
static uint64_t quick_frames;

void entry_quick_start(void)
{
    quick_frames = frame_count < QUICK_FRAMES_MAX ? frame_count : 0;
}

/* A RAM frame by a number of the guest's; who owns it is still to be seen. */
static ALWAYS_INLINE struct frame *quick_frame(uint64_t number)
{
    if (unlikely(number >= quick_frames))
        return NULL;
    number = index_clamp(number, quick_frames);
    if (unlikely(frame_chunks[number >> FRAME_CHUNK_SHIFT] != FRAME_CHUNK_LIVE))
        return NULL;
    return mfn_to_frame(mfn(number));
}

/* The references of a new entry for RAM of @d; false: none were taken. */
static ALWAYS_INLINE bool quick_get(const struct domain *d, uint64_t entry)
{
    struct frame *frame = quick_frame(entry_mfn(entry).number);

    if (unlikely(!frame || !frame_get_quick(frame, d)))
        return false;
    if (entry & PTE_WRITE) {
        if (unlikely(!frame_type_get_writable_quick(frame))) {
            frame_put(frame);
            return false;
        }
    }
    return true;
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
    uint64_t word;

    if (unlikely(!table))
        return NULL;
    word = type_word(table);
    if (unlikely((word & STATE_MASK) != STATE_VALID || frame_owner(table) != d))
        return NULL;
    if (unlikely(!type_exchange(table, &word, word | TYPE_LOCKED)))
        return NULL;
    if (likely(frame_owner(table) == d))
        return table;
    table_unlock(table);
    return NULL;
}

/* The entry gains or loses write permission, and nothing else that matters. */
static ALWAYS_INLINE bool quick_protect(const struct domain *d, _Atomic uint64_t *slot,
                                        uint64_t value)
{
    struct frame *frame = quick_frame(entry_mfn(value).number);

    if (unlikely(!frame || frame_owner(frame) != d))
        return false;
    if (value & PTE_WRITE) {
        if (unlikely(!frame_type_get_writable_quick(frame)))
            return false;
        atomic_exchange(slot, value);
    } else {
        atomic_exchange(slot, value);
        frame_type_drop_writable(frame);
    }
    return true;
}

/* The table is locked: of the old entry, only accessed and dirty bits can change meanwhile.
 * False: nothing was changed. */
static ALWAYS_INLINE bool quick_write(const struct domain *d, _Atomic uint64_t *slot,
                                      uint64_t value)
{
    uint64_t old = atomic_load_explicit(slot, memory_order_relaxed);

    if (!entry_is_present(value)) {
        if (unlikely(entry_l1tf_rule))
            return false;
    } else {
        if (unlikely(value & PTE_CACHE_BITS))
            return false;
        value = entry_adjust(1, value);
        if (!((old ^ value) & (REFERENCE_BITS & ~PTE_WRITE))) {
            if ((old ^ value) & PTE_WRITE)
                return quick_protect(d, slot, value);
            return atomic_compare_exchange_strong(slot, &old, value);
        }
        if (unlikely(!quick_get(d, value)))
            return false;
    }
    quick_put(atomic_exchange(slot, value));
    return true;
}

uint32_t entry_write_quick(struct domain *d, const struct mmu_update *updates, uint32_t count)
{
    struct frame *table = NULL;
    uint64_t number = ~0UL; /* of the table */
    uint32_t done;

    for (done = 0; done < count; done++) {
        uint64_t place = updates[done].ptr;

        if (unlikely(place & (sizeof(uint64_t) - 1)))
            break;
        if (place >> PAGE_SHIFT != number) {
            if (table)
                table_unlock(table);
            number = place >> PAGE_SHIFT;
            table = quick_lock(d, number);
            if (unlikely(!table))
                break;
        }
        if (unlikely(!quick_write(d, maddr_to_virt(maddr(place)), updates[done].val)))
            break;
    }
    if (table)
        table_unlock(table);
    return done;
}
