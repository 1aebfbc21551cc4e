/* SPDX-License-Identifier: MIT */
/*
 * The short way of entry_write() (entry_write.c has the reasons for the order of steps): no
 * errors, no waiting. Whatever is not plain is left to the long way, as if nothing had been tried.
 *
 * Updates of one table in a row are made under one lock of it. What is dropped under it are
 * references to data pages only, never to a table.
 */
#include "pvmmu/entry_quick.h"

#include "domain/domain.h"
#include "pvmmu/entry_rules.h"
#include "pvmmu/frame_type.h"
#include "pvmmu/quick.h"

/* Bits of an entry on which its references or our notes about the frame depend. */
#define REFERENCE_BITS (PTE_PRESENT | PTE_WRITE | PTE_ADDRESS_MASK | PTE_CACHE_BITS)

/* The references of a new entry for RAM of @d; false: none were taken. */
static ALWAYS_INLINE bool quick_get(const struct domain *d, uint64_t entry)
{
    struct frame *frame = quick_frame(entry_mfn(entry).number);

    if (unlikely(!frame || !frame_get_quick(frame, d)))
        return false;
    if (entry & PTE_WRITE) {
        if (unlikely(!frame_type_get_writable_quick(frame, 0))) {
            frame_put(frame);
            return false;
        }
    }
    return true;
}

/* The entry gains or loses write permission, and nothing else that matters. */
static ALWAYS_INLINE bool quick_protect(const struct domain *d, _Atomic uint64_t *slot,
                                        uint64_t old, uint64_t value)
{
    struct frame *frame = quick_frame(entry_mfn(value).number);
    bool gains = value & PTE_WRITE;

    if (unlikely(!frame || !frame_is_of(frame, d)))
        return false;
    if (gains && unlikely(!frame_type_get_writable_quick(frame, 0)))
        return false;
    if (likely(atomic_compare_exchange_strong(slot, &old, value))) {
        if (!gains)
            frame_type_drop_writable(frame);
        return true;
    }
    if (gains)
        frame_type_drop_writable(frame);
    return false;
}

/* The table is locked: of the entry, which was @old, only accessed and dirty bits can have
 * changed, and then this fails. False: nothing was changed. */
static ALWAYS_INLINE bool quick_write(const struct domain *d, _Atomic uint64_t *slot, uint64_t old,
                                      uint64_t value)
{
    if (!entry_is_present(value)) {
        if (unlikely(entry_l1tf_rule))
            return false;
    } else {
        if (unlikely(value & PTE_CACHE_BITS))
            return false;
        value = entry_adjust(1, value);
        if (!((old ^ value) & (REFERENCE_BITS & ~PTE_WRITE))) {
            if ((old ^ value) & PTE_WRITE)
                return quick_protect(d, slot, old, value);
            return atomic_compare_exchange_strong(slot, &old, value);
        }
        if (unlikely(!quick_get(d, value)))
            return false;
    }
    if (unlikely(!atomic_compare_exchange_strong(slot, &old, value))) {
        quick_put(value);
        return false;
    }
    quick_put(old);
    return true;
}

static ALWAYS_INLINE uint64_t quick_read(const _Atomic uint64_t *slot)
{
    return atomic_load_explicit(slot, memory_order_relaxed);
}

bool entry_write_quick_if(struct domain *d, maddr_t place, uint64_t expected, uint64_t value)
{
    struct frame *table = quick_lock(d, maddr_to_mfn(place).number);
    _Atomic uint64_t *slot = maddr_to_virt(place);
    bool is_done;

    if (unlikely(!table))
        return false;
    is_done = quick_read(slot) == expected && quick_write(d, slot, expected, value);
    table_unlock(table);
    return is_done;
}

bool entry_exchange_quick(struct domain *d, maddr_t place, uint64_t value, uint64_t *old)
{
    struct frame *table = quick_lock(d, maddr_to_mfn(place).number);
    _Atomic uint64_t *slot = maddr_to_virt(place);
    bool is_done;

    if (unlikely(!table))
        return false;
    *old = quick_read(slot);
    is_done = quick_write(d, slot, *old, value);
    table_unlock(table);
    return is_done;
}

#define COMMAND_MASK (sizeof(uint64_t) - 1)
_Static_assert(MMU_NORMAL_PT_UPDATE == 0, "the other command is one bit");

uint32_t entry_write_quick(struct domain *d, const struct mmu_update *updates, uint32_t count)
{
    struct frame *table = NULL;
    uint64_t number = ~0UL; /* of the table */
    uint32_t done;

    for (done = 0; done < count; done++) {
        uint64_t place = updates[done].ptr, value = updates[done].val;

        if (unlikely(place & COMMAND_MASK & ~(uint64_t)MMU_PT_UPDATE_PRESERVE_AD))
            break;
        if (place >> PAGE_SHIFT != number) {
            if (table)
                table_unlock(table);
            number = place >> PAGE_SHIFT;
            table = quick_lock(d, number);
            if (unlikely(!table))
                break;
        }
        _Atomic uint64_t *slot = maddr_to_virt(maddr(place & ~COMMAND_MASK));
        uint64_t old = quick_read(slot);

        if (place & MMU_PT_UPDATE_PRESERVE_AD)
            value |= old & (PTE_ACCESSED | PTE_DIRTY);
        if (unlikely(!quick_write(d, slot, old, value)))
            break;
    }
    if (table)
        table_unlock(table);
    return done;
}
