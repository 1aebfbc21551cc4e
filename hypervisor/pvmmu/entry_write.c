/* SPDX-License-Identifier: MIT */
/*
 * Writing an entry of a validated page table.
 *
 * The order is what makes it safe. First the new value is checked, then its references are taken,
 * which may be long work and needs no lock. Then, under the table's lock bit, the entry is
 * exchanged, so that the value that came out is exactly the one whose references are dropped;
 * for an L4, summary and roots follow. Then the lock is released, and last the old references
 * are dropped. The processor may set accessed and dirty bits in between, so the exchange is atomic.
 *
 * The shortcut: if frame, presence and write permission stay, so do the references; this is
 * decided on the checked value and confirmed by compare-and-swap. It is not taken for table
 * entries unless only harmless bits differ, nor when cache bits change.
 */
#include "pvmmu/entry_write.h"

#include "domain/domain.h"
#include "lib/assert.h"
#include "lib/barrier.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "pvmmu/entry_ref.h"
#include "pvmmu/entry_rules.h"
#include "pvmmu/frame_type.h"
#include "pvmmu/l4_summary.h"
#include "pvmmu/pvmmu.h"
#include "pvmmu/roots.h"

typedef _Atomic uint64_t slot_t;

/* An entry and the table it is in. */
struct place {
    struct frame *table;
    slot_t *slot;
    unsigned level;
    unsigned index;
};

/* What hangs on the bits that must stay for references to stay. */
#define L1_REFERENCE_BITS (PTE_PRESENT | PTE_WRITE | PTE_ADDRESS_MASK | PTE_CACHE_BITS)

static bool references_stay(unsigned level, uint64_t old, uint64_t value)
{
    uint64_t changed = old ^ value;

    return entry_is_present(old) && !(changed & (level == 1 ? L1_REFERENCE_BITS : ~PTE_HARMLESS));
}

static bool exchange_if(const struct place *at, uint64_t expected, uint64_t value)
{
    return atomic_compare_exchange_strong(at->slot, &expected, value);
}

/* Lock held. False: the mode's condition does not hold. */
static bool exchange(const struct place *at, const struct entry_write *write, uint64_t value,
                     uint64_t *old)
{
    uint64_t keep = PTE_ACCESSED | PTE_DIRTY;

    switch (write->mode) {
    case ENTRY_WRITE_IF:
        *old = write->expected;
        return exchange_if(at, write->expected, value);
    case ENTRY_WRITE_KEEP_AD:
        *old = atomic_load_explicit(at->slot, memory_order_relaxed);
        while (!atomic_compare_exchange_weak(at->slot, old, value | (*old & keep)))
            continue;
        return true;
    case ENTRY_WRITE_PLAIN:
    default:
        *old = atomic_exchange(at->slot, value);
        return true;
    }
}

static bool lock_table_of(const struct place *at, const struct domain *owner)
{
    if (!table_lock(at->table, (enum frame_type)at->level))
        return false;
    /* Locked, the table has references; so its owner stays. */
    ASSERT(frame_is_of(at->table, owner));
    return true;
}

/* An L4 entry has changed: summary and roots, still under the lock. */
static void follow_l4(const struct place *at, struct domain *d)
{
    uint64_t *table = frame_table_entries(at->table);
    uint64_t entry = READ_ONCE(table[at->index]);

    l4_summary_note(table, at->index, entry_is_present(entry));
    roots_sync(d, frame_to_mfn(at->table), at->index, entry);
}

static uint64_t value_to_store(const struct entry_write *write, uint64_t value, uint64_t old)
{
    return write->mode == ENTRY_WRITE_KEEP_AD ? value | (old & (PTE_ACCESSED | PTE_DIRTY)) : value;
}

/* The shortcut. True: done. */
static bool write_same_references(const struct place *at, const struct entry_write *write,
                                  uint64_t value)
{
    uint64_t old = atomic_load_explicit(at->slot, memory_order_relaxed);
    bool is_done;

    if (!references_stay(at->level, old, value))
        return false;
    if (write->mode == ENTRY_WRITE_IF && old != write->expected)
        return false;
    if (!lock_table_of(at, write->table_owner))
        return false;
    is_done = exchange_if(at, old, value_to_store(write, value, old));
    if (is_done && at->level == 4)
        follow_l4(at, write->table_owner);
    table_unlock(at->table);
    return is_done;
}

static int get_references(const struct place *at, const struct entry_write *write, uint64_t *value)
{
    const struct l1_rights rights = { .table_owner = write->table_owner,
                                      .frame_owner = write->frame_owner,
                                      .may_restart = write->may_restart };

    if (!entry_is_present(*value))
        return 0;
    if (at->level == 1)
        return l1_entry_get(value, &rights);
    return upper_entry_get(at->level, *value, at->table, write->table_owner);
}

static void put_references(const struct place *at, uint64_t value)
{
    if (at->level == 1)
        l1_entry_put(value);
    else
        upper_entry_put(at->level, value, at->table);
}

static int write_place(const struct place *at, const struct entry_write *write)
{
    uint64_t value = write->value;
    uint64_t old;
    int error = entry_check(at->level, value, write->table_owner);

    if (error)
        return error;
    if (at->level == 4 && !l4_slot_is_guests(at->index))
        return refuse(-EINVAL, "L4 slot %u is the hypervisor's", at->index);
    value = entry_adjust(at->level, value);
    if (entry_is_present(value) && write_same_references(at, write, value))
        return 0;

    error = get_references(at, write, &value);
    if (error)
        return error;
    if (!lock_table_of(at, write->table_owner)) {
        put_references(at, value);
        return -ENOENT;
    }
    if (!exchange(at, write, value, &old)) {
        table_unlock(at->table);
        put_references(at, value);
        return -EAGAIN;
    }
    if (at->level == 4)
        follow_l4(at, write->table_owner);
    table_unlock(at->table);
    put_references(at, old);
    return 0;
}

/* A reference to the table that the entry is in; false when it is none that may be written. */
static bool find_place(const struct entry_write *write, struct place *at)
{
    uint32_t word;

    at->table = frame_lookup(maddr_to_mfn(write->place));
    if (!at->table || !frame_get_quick(at->table, write->table_owner))
        return false;
    word = type_word(at->table);
    at->level = (unsigned)type_of(word);
    if ((word & TYPE_VALIDATED) &&
        (at->level == 1 || (write->any_level && type_is_table(type_of(word))))) {
        at->slot = maddr_to_virt(write->place);
        at->index = (unsigned)(write->place.value % PAGE_SIZE / sizeof(uint64_t));
        return true;
    }
    frame_put(at->table);
    return false;
}

int entry_write(const struct entry_write *write)
{
    struct place at;
    int error;

    ASSERT(write->may_restart || !write->any_level);
    if (!find_place(write, &at))
        return -ENOENT;
    error = write_place(&at, write);
    frame_put(at.table);
    return error;
}

/* Lock held. */
static int exchange_if_matches(const struct place *at, const struct entry_write *write,
                               uint64_t mask, uint64_t *old)
{
    *old = atomic_load(at->slot);
    do {
        if ((*old ^ write->expected) & mask)
            return -EAGAIN;
    } while (!atomic_compare_exchange_weak(at->slot, old, write->value));
    return 0;
}

int entry_take(const struct entry_write *write, uint64_t mask, uint64_t *old)
{
    struct place at;
    int error = -ENOENT;

    ASSERT(!write->any_level);
    if (!find_place(write, &at))
        return -ENOENT;
    if (lock_table_of(&at, write->table_owner)) {
        error = exchange_if_matches(&at, write, mask, old);
        table_unlock(at.table);
    }
    frame_put(at.table);
    return error;
}
