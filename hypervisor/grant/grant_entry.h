/* SPDX-License-Identifier: MIT */
/*
 * The entries of a domain's grant table, as the files of grant/ share them.
 *
 * An entry has a half that the guest writes (grant_entry_v1 in a grant frame) and one that it
 * never sees (struct grant_active): how often it is pinned, by whom, and which frame that is
 * about. The guest may write its half at any time, so the frame is read once, when the first
 * pin is set, and from the hypervisor's half ever after.
 *
 * What the guest is promised in return: `reading` is set in its half while there is any pin, and
 * `writing` while there is one of a writing kind, so its own compare-and-swap to 0 fails as long.
 */
#ifndef PARAPET_GRANT_GRANT_ENTRY_H
#define PARAPET_GRANT_GRANT_ENTRY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/x86.h"
#include "grant/grant_handle.h"
#include "hypercall-abi/grant_table.h"
#include "lib/assert.h"
#include "lib/barrier.h"
#include "lib/compiler.h"
#include "lib/spinlock.h"
#include "mm/frame.h"

struct domain;

#define GRANTS_PER_FRAME ((uint32_t)(PAGE_SIZE / sizeof(struct grant_entry_v1)))

/* How an entry is in use. Copies count as host uses. */
enum grant_kind {
    GRANT_HOST_READ,
    GRANT_HOST_WRITE,
    GRANT_DEVICE_READ,
    GRANT_DEVICE_WRITE,
    GRANT_KINDS,
};

#define GRANT_PINS_MAX UINT16_MAX /* of one kind, of one entry; no claim beyond */

struct grant_active {
    union {
        uint16_t pins[GRANT_KINDS];
        uint64_t all_pins;
    };
    uint32_t frame; /* while pinned: its number, */
    uint16_t user;  /* and the domain that has the pins */
    uint16_t unused;
};
_Static_assert(sizeof(struct grant_active) == 16, "found by shifts");

struct grant_frame {
    struct grant_entry_v1 *shared;
    struct grant_active *active;
};

/* The lock guards entries and growth; a frame is published by frame_count, and stays. */
struct grant_table {
    struct spinlock lock;
    bool is_closed;       /* the owner dies: no new pins, and the grant frames are gone */
    uint32_t entry_count; /* that can be claimed: those of all frames, or 0 once closed */
    uint32_t frame_limit;
    _Atomic uint32_t frame_count;
    struct domain *owner;
    uint32_t handle_count; /* of whomever, to entries here; while any, they hold one domain_get() */
    struct grant_handles handles; /* what the owner uses of others */
    struct grant_frame frames[];
};

/* An entry that grant_claim() found. */
struct grant_claim {
    struct grant_entry_v1 *shared;
    struct grant_active *active;
};

/* An entry that exists. */
static inline struct grant_claim grant_entry_at(const struct grant_table *table, grant_ref_t ref)
{
    const struct grant_frame *frame = &table->frames[ref / GRANTS_PER_FRAME];

    return (struct grant_claim){ .shared = &frame->shared[ref % GRANTS_PER_FRAME],
                                 .active = &frame->active[ref % GRANTS_PER_FRAME] };
}

/* The flags and the domain of an entry are one word, as the guest compares and swaps it. */
#define ENTRY_DOMAIN_SHIFT 16
_Static_assert(offsetof(struct grant_entry_v1, flags) == 0 &&
                   offsetof(struct grant_entry_v1, domid) * 8 == ENTRY_DOMAIN_SHIFT,
               "flags and domain make one word");

static inline _Atomic uint32_t *grant_entry_word(struct grant_entry_v1 *shared)
{
    return (_Atomic uint32_t *)(void *)shared;
}

/* Whether the word lets @user use the entry so. */
static inline bool grant_word_permits(uint32_t word, uint16_t user, bool for_writing)
{
    uint32_t wanted = (uint32_t)user << ENTRY_DOMAIN_SHIFT | GTF_permit_access;
    uint32_t mask =
        UINT32_MAX << ENTRY_DOMAIN_SHIFT | GTF_type_mask | (for_writing ? GTF_readonly : 0);

    return ((word ^ wanted) & mask) == 0;
}

static inline uint32_t grant_use_flags(bool for_writing)
{
    return for_writing ? GTF_reading | GTF_writing : GTF_reading;
}

/* The entry comes into use: from here on the guest cannot take the grant back, so what is read now
 * is what it granted. */
static inline void grant_activate(struct grant_claim claim, uint16_t user)
{
    claim.active->frame = READ_ONCE(claim.shared->frame);
    claim.active->user = user;
}

/* The rest of grant_claim() for entries that are in use, change, or cannot be used. */
MUST_CHECK int grant_claim_slowly(struct grant_table *table, grant_ref_t ref, uint16_t user,
                                  bool for_writing);

/*
 * grant_claim - @user wants to use entry @ref, also for writing or not: check that it may, and set
 * the flags in the entry. The lock is held until the use is pinned (grant_pin, once for each kind)
 * or not (grant_claim_drop). GNTST_okay, or another status and nothing changed.
 */
MUST_CHECK static ALWAYS_INLINE int grant_claim(struct grant_table *table, grant_ref_t ref,
                                                uint16_t user, bool for_writing,
                                                struct grant_claim *claim)
{
    ASSERT(spin_is_mine(&table->lock));
    if (likely(ref < table->entry_count)) {
        *claim = grant_entry_at(table, (grant_ref_t)index_clamp(ref, table->entry_count));

        _Atomic uint32_t *place = grant_entry_word(claim->shared);
        uint32_t word = atomic_load_explicit(place, memory_order_relaxed);

        if (likely(!claim->active->all_pins && grant_word_permits(word, user, for_writing) &&
                   atomic_compare_exchange_strong(place, &word,
                                                  word | grant_use_flags(for_writing)))) {
            grant_activate(*claim, user);
            return GNTST_okay;
        }
    }
    return grant_claim_slowly(table, ref, user, for_writing);
}

/* Clears the flags of the entry for which there is no pin (any more). */
void grant_settle_flags(struct grant_claim claim);

static inline void grant_claim_drop(struct grant_claim claim)
{
    grant_settle_flags(claim);
}

/* The frame of a claimed or pinned entry. */
static inline mfn_t grant_claim_frame(struct grant_claim claim)
{
    /* The checker cannot see that grant_claim_slowly() filled a claim that it did not refuse. */
    return mfn(claim.active->frame); /* NOLINT(clang-analyzer-core.NullDereference) */
}

/* grant_pin - count one use of a claimed entry; the caller has the references that it needs. */
static inline void grant_pin(struct grant_claim claim, enum grant_kind kind)
{
    claim.active->pins[kind]++;
}

/* grant_unpin - the use is over, and nothing can reach the frame by it. The lock is held. */
static inline void grant_unpin(struct grant_table *table, grant_ref_t ref, enum grant_kind kind)
{
    struct grant_claim entry = grant_entry_at(table, ref);

    ASSERT(spin_is_mine(&table->lock));
    ASSERT(entry.active->pins[kind] > 0);
    /* The guest's half of a closed table is gone. */
    if (--entry.active->pins[kind] == 0 && likely(!table->is_closed))
        grant_settle_flags(entry);
}

/* The hypervisor's half of an entry that exists; stable while the caller has a pin there. */
static inline struct grant_active *grant_active(const struct grant_table *table, grant_ref_t ref)
{
    return grant_entry_at(table, ref).active;
}

/*
 * grant_frame_of - the frame that @owner granted, if it is ordinary RAM of @owner at this moment;
 * whoever takes a reference checks the owner again. NULL: the entry grants something else.
 */
struct frame *grant_frame_of(mfn_t number, const struct domain *owner);

/* grant_table_of - the table of the domain with this id; NULL: there is none. */
struct grant_table *grant_table_of(uint16_t id);

#endif
