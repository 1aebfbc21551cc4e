/* SPDX-License-Identifier: MIT */
/*
 * Using and no longer using an entry: the protocol with the guest's half.
 *
 * Flags and domain are read as one word, checked, and written back with `reading` (and `writing`)
 * by compare-and-swap, so what was checked is what the flags were set on. Only then the frame
 * number is read: from here on the guest cannot take the grant back.
 */
#include "grant/grant_entry.h"

#include "arch/arch.h"
#include "domain/domain.h"
#include "lib/assert.h"
#include "lib/barrier.h"
#include "lib/refuse.h"
#include "pvmmu/pvmmu.h"

/* A guest that keeps writing the entry meanwhile only hurts itself. */
#define CLAIM_TRIES 4u

#define ENTRY_DOMAIN_SHIFT 16
_Static_assert(offsetof(struct grant_entry_v1, flags) == 0 &&
                   offsetof(struct grant_entry_v1, domid) * 8 == ENTRY_DOMAIN_SHIFT,
               "flags and domain make one word");

static _Atomic uint32_t *entry_word(struct grant_entry_v1 *shared)
{
    return (_Atomic uint32_t *)(void *)shared;
}

static bool is_pinned_for_writing(const struct grant_active *active)
{
    return active->pins[GRANT_HOST_WRITE] | active->pins[GRANT_DEVICE_WRITE];
}

static bool has_full_count(const struct grant_active *active)
{
    for (unsigned kind = 0; kind < GRANT_KINDS; kind++) {
        if (active->pins[kind] == GRANT_PINS_MAX)
            return true;
    }
    return false;
}

/* Whether @user, too, may pin an entry that is pinned already. */
static int check_active(const struct grant_active *active, grant_ref_t ref, uint16_t user)
{
    if (active->user != user)
        return refuse(GNTST_general_error, "domain %u uses grant %u", active->user, ref);
    if (has_full_count(active))
        return refuse(GNTST_general_error, "grant %u is in use too often", ref);
    return GNTST_okay;
}

static int check_word(uint32_t word, grant_ref_t ref, uint16_t user, bool for_writing)
{
    if (unlikely((word & GTF_type_mask) != GTF_permit_access || word >> ENTRY_DOMAIN_SHIFT != user))
        return refuse(GNTST_general_error, "grant %u (flags %#x, domain %u) is not for domain %u",
                      ref, word & 0xffff, word >> ENTRY_DOMAIN_SHIFT, user);
    if (unlikely(for_writing && (word & GTF_readonly)))
        return refuse(GNTST_general_error, "grant %u is for reading only", ref);
    return GNTST_okay;
}

static int set_flags(struct grant_entry_v1 *shared, grant_ref_t ref, uint16_t user,
                     bool for_writing)
{
    uint32_t word = atomic_load_explicit(entry_word(shared), memory_order_relaxed);
    uint32_t flags = for_writing ? GTF_reading | GTF_writing : GTF_reading;

    for (unsigned tries = 0; tries < CLAIM_TRIES; tries++) {
        int status = check_word(word, ref, user, for_writing);

        if (unlikely(status))
            return status;
        if (likely(atomic_compare_exchange_strong(entry_word(shared), &word, word | flags)))
            return GNTST_okay;
    }
    return refuse(GNTST_general_error, "grant %u changes all the time", ref);
}

static void clear_flags(struct grant_entry_v1 *shared, uint16_t flags)
{
    atomic_fetch_and_explicit((_Atomic uint16_t *)&shared->flags, (uint16_t)~flags,
                              memory_order_release);
}

/* Clears the flags for which there is no pin (any more). */
static void settle_flags(const struct grant_claim *claim)
{
    if (claim->active->all_pins == 0)
        clear_flags(claim->shared, GTF_reading | GTF_writing);
    else if (!is_pinned_for_writing(claim->active))
        clear_flags(claim->shared, GTF_writing);
}

static struct grant_claim entry_at(struct grant_table *table, grant_ref_t ref)
{
    const struct grant_frame *frame = &table->frames[ref / GRANTS_PER_FRAME];

    return (struct grant_claim){ .shared = &frame->shared[ref % GRANTS_PER_FRAME],
                                 .active = &frame->active[ref % GRANTS_PER_FRAME] };
}

int grant_claim(struct grant_table *table, grant_ref_t ref, uint16_t user, bool for_writing,
                struct grant_claim *claim)
{
    uint32_t limit =
        atomic_load_explicit(&table->frame_count, memory_order_relaxed) * GRANTS_PER_FRAME;
    struct grant_active *active;
    int status;

    ASSERT(spin_is_mine(&table->lock));
    if (unlikely(table->is_closed))
        return refuse(GNTST_bad_domain, "domain %u dies", table->owner->id);
    if (unlikely(ref >= limit))
        return refuse(GNTST_bad_gntref, "grant %u of %u", ref, limit);
    *claim = entry_at(table, (grant_ref_t)index_clamp(ref, limit));
    active = claim->active;

    if (active->all_pins) {
        status = check_active(active, ref, user);
        if (status)
            return status;
        if (!for_writing || is_pinned_for_writing(active))
            return GNTST_okay;
    }
    status = set_flags(claim->shared, ref, user, for_writing);
    if (likely(!status) && !active->all_pins) {
        active->frame = READ_ONCE(claim->shared->frame);
        active->user = user;
    }
    return status;
}

void grant_claim_drop(const struct grant_claim *claim)
{
    settle_flags(claim);
}

void grant_unpin(struct grant_table *table, grant_ref_t ref, enum grant_kind kind)
{
    struct grant_claim claim = entry_at(table, ref);

    ASSERT(spin_is_mine(&table->lock));
    ASSERT(claim.active->pins[kind] > 0);
    claim.active->pins[kind]--;
    /* The guest's half of a closed table is gone. */
    if (claim.active->pins[kind] == 0 && !table->is_closed)
        settle_flags(&claim);
}

struct frame *grant_frame_of(const struct grant_claim *claim, const struct domain *owner)
{
    struct frame *frame = frame_lookup(grant_claim_frame(claim));

    if (unlikely(!frame || frame_owner(frame) != owner ||
                 (atomic_load_explicit(&frame->count, memory_order_relaxed) & FRAME_RAM_SPECIAL))) {
        refuse(GNTST_bad_page, "frame %#x that domain %u granted is not its RAM",
               claim->active->frame, owner->id);
        return NULL;
    }
    return frame;
}

struct grant_table *grant_table_of(uint16_t id)
{
    const struct domain *d = domain_find(id);
    struct grant_table *table = d ? d->grants : NULL;

    if (unlikely(!table))
        refuse(GNTST_bad_domain, "there is no domain %u that grants", id);
    return table;
}
