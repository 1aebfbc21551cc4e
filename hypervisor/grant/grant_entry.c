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
#include "lib/refuse.h"
#include "pvmmu/pvmmu.h"

/* A guest that keeps writing the entry meanwhile only hurts itself. */
#define CLAIM_TRIES 4u

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

static int set_flags(struct grant_entry_v1 *shared, grant_ref_t ref, uint16_t user,
                     bool for_writing)
{
    _Atomic uint32_t *place = grant_entry_word(shared);
    uint32_t word = atomic_load_explicit(place, memory_order_relaxed);

    for (unsigned tries = 0; tries < CLAIM_TRIES; tries++) {
        if (!grant_word_permits(word, user, for_writing))
            return refuse(GNTST_general_error,
                          "grant %u (flags %#x, domain %u) does not let domain %u %s", ref,
                          word & 0xffff, word >> ENTRY_DOMAIN_SHIFT, user,
                          for_writing ? "read and write" : "read");
        if (atomic_compare_exchange_strong(place, &word, word | grant_use_flags(for_writing)))
            return GNTST_okay;
    }
    return refuse(GNTST_general_error, "grant %u changes all the time", ref);
}

int grant_claim_slowly(struct grant_table *table, grant_ref_t ref, uint16_t user, bool for_writing)
{
    struct grant_claim claim;
    int status;

    if (table->is_closed)
        return refuse(GNTST_bad_domain, "domain %u dies", table->owner->id);
    if (ref >= table->entry_count)
        return refuse(GNTST_bad_gntref, "grant %u of %u", ref, table->entry_count);
    claim = grant_entry_at(table, (grant_ref_t)index_clamp(ref, table->entry_count));

    if (claim.active->all_pins) {
        status = check_active(claim.active, ref, user);
        if (status)
            return status;
        if (!for_writing || is_pinned_for_writing(claim.active))
            return GNTST_okay;
    }
    status = set_flags(claim.shared, ref, user, for_writing);
    if (!status && !claim.active->all_pins)
        grant_activate(claim, user);
    return status;
}

static void clear_flags(struct grant_entry_v1 *shared, uint16_t flags)
{
    atomic_fetch_and_explicit((_Atomic uint16_t *)&shared->flags, (uint16_t)~flags,
                              memory_order_release);
}

void grant_settle_flags(struct grant_claim claim)
{
    if (claim.active->all_pins == 0)
        clear_flags(claim.shared, GTF_reading | GTF_writing);
    else if (!is_pinned_for_writing(claim.active))
        clear_flags(claim.shared, GTF_writing);
}

struct frame *grant_frame_of(mfn_t number, const struct domain *owner)
{
    struct frame *frame = frame_lookup(number);

    if (unlikely(!frame || !frame_is_of(frame, owner) ||
                 (atomic_load_explicit(&frame->count, memory_order_relaxed) & FRAME_RAM_SPECIAL))) {
        refuse(GNTST_bad_page, "frame %#lx that domain %u granted is not its RAM", number.number,
               owner->id);
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
