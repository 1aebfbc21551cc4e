/* SPDX-License-Identifier: MIT */
/*
 * The state machine of the type word (its states: frame_type.h).
 *
 * Why a change of type is safe. The last type reference goes by the step valid -> going, which
 * nobody can join any more; the stamp is taken after it, so it is younger than the removal of
 * every entry that had one of the references; only then the count becomes 0. Whoever then
 * changes the type first makes the word busy, then reads the stamp and flushes the CPUs that have not
 * flushed since, then validates, then publishes. So no CPU can have a translation of the old type
 * (or, when the frame was a table, an entry of its paging-structure caches that points to it, SDM 3A
 * section 4.10.3) when the first reference of the new type exists.
 */
#include "pvmmu/frame_type.h"

#include "arch/arch.h"
#include "console/trace.h"
#include "domain/preempt.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "pvmmu/cache.h"
#include "pvmmu/pvmmu.h"
#include "pvmmu/validate.h"

/* ---- leaving a state that this CPU has to itself ---- */

static void publish(struct frame *frame, uint32_t word)
{
    atomic_store_explicit(&frame->type, word, memory_order_release);
}

/* ---- taking a new type ---- */

static void flush_for_change(const struct frame *frame, uint32_t old)
{
    const struct domain *owner = frame_owner(frame);
    cpu_mask_t users = (old & TYPE_FOREIGN) ? cpu_mask_online() : atomic_load(&owner->dirty_cpus);
    cpu_mask_t stale = tlb_filter(users, frame->tlb_stamp);

    if (stale)
        tlb_flush_cpus(stale);
    if (old & TYPE_NONCOHERENT)
        cache_flush_frame(frame);
}

/*
 * The word is busy and ours, `index` entries are validated. Whatever comes out, the caller's
 * general reference now belongs to the frame's state or is gone.
 */
static int validate(struct frame *frame, enum frame_type type, unsigned index)
{
    int error = validate_table(frame, type, &index);

    if (!error) {
        publish(frame, type_bits(type) | TYPE_VALIDATED | TYPE_COUNT_ONE);
        return 0;
    }
    if (index == 0) {
        frame_type_retire(frame, type);
        return error;
    }

    uint32_t state = error == -ERESTART ? TYPE_PARTIAL : TYPE_GOING;

    publish(frame, type_with_index(type_bits(type) | state, index));
    if (state == TYPE_GOING)
        going_push(frame);
    return error;
}

/* The word was @old (count 0) and is busy now. */
static int take_type(struct frame *frame, uint32_t old, enum frame_type type, unsigned flags)
{
    uint32_t notes = old & (TYPE_FOREIGN | TYPE_NONCOHERENT);

    if (type_of(old) != type && type_of(old) != FRAME_TYPE_NONE) {
        flush_for_change(frame, old);
        notes = 0;
    }
    this_cpu()->counters.frame_type_change++;
    trace(TRACE_FRAME_TYPE, frame_to_mfn(frame).number, type_of(old), type);

    if (type != FRAME_TYPE_WRITABLE)
        return validate(frame, type, 0);
    if (flags & TYPE_GET_FOREIGN)
        notes |= TYPE_FOREIGN;
    publish(frame, type_bits(type) | notes | TYPE_VALIDATED | TYPE_COUNT_ONE);
    return 0;
}

/* Go on with a partial table; it has a general reference, so the caller's is one too many. */
static int resume_partial(struct frame *frame, uint32_t word)
{
    frame_put(frame);
    return validate(frame, type_of(word), type_index(word));
}

bool frame_type_abandon(struct frame *frame)
{
    uint32_t word = type_word(frame);

    while (word & TYPE_PARTIAL) {
        if (type_exchange(frame, &word, (word & ~TYPE_PARTIAL) | TYPE_GOING)) {
            going_push(frame);
            return true;
        }
    }
    return false;
}

static int conflict(const struct frame *frame, uint32_t word, enum frame_type type)
{
    return refuse(type == FRAME_TYPE_WRITABLE ? -EBUSY : -EINVAL,
                  "frame %#lx has type %u (%u references), not %u", frame_to_mfn(frame).number,
                  (unsigned)type_of(word), type_count(word), (unsigned)type);
}

/* A frame in somebody else's hands, wanted as @type. 0: look again. */
static int wait_for_frame(struct frame *frame, uint32_t word, enum frame_type type, unsigned flags)
{
    bool is_table = type_is_table(type_of(word));

    if (is_table && !(flags & TYPE_GET_RESTARTABLE))
        return conflict(frame, word, type);
    if (word & TYPE_PARTIAL) {
        frame_type_abandon(frame);
        return 0;
    }
    if (word & TYPE_GOING) {
        if (is_table && mmu_settle(frame_owner(frame)))
            return -ERESTART;
    } else if (type_of(word) != type) {
        return conflict(frame, word, type);
    }
    if ((flags & TYPE_GET_RESTARTABLE) && preempt_pending())
        return -ERESTART;
    spin_wait_hint();
    return 0;
}

/* All but the plain case of frame_type_get. The general reference is kept or dropped here. */
static NOINLINE int get_slowly(struct frame *frame, enum frame_type type, unsigned flags)
{
    uint32_t word = type_word(frame);
    int error = 0;

    while (!error) {
        if (word & TYPE_VALIDATED) {
            if (type_of(word) != type)
                error = conflict(frame, word, type);
            else if (type_count(word) >= TYPE_COUNT_LIMIT)
                error = refuse(-EBUSY, "frame %#lx has too many references",
                               frame_to_mfn(frame).number);
            else if (type_exchange(frame, &word,
                                   (word + TYPE_COUNT_ONE) |
                                       ((flags & TYPE_GET_FOREIGN) ? TYPE_FOREIGN : 0)))
                return 0;
        } else if (type_count(word) == 0) {
            uint32_t busy =
                type_bits(type) | (word & (TYPE_FOREIGN | TYPE_NONCOHERENT)) | TYPE_COUNT_ONE;

            if (type_exchange(frame, &word, busy))
                return take_type(frame, word, type, flags);
        } else if ((word & TYPE_PARTIAL) && type_of(word) == type) {
            if (type_exchange(frame, &word, type_with_index(word & ~TYPE_PARTIAL, 0)))
                return resume_partial(frame, word);
        } else {
            error = wait_for_frame(frame, word, type, flags);
            word = type_word(frame);
        }
    }
    frame_put(frame);
    return error;
}

int frame_type_get(struct frame *frame, enum frame_type type, unsigned flags)
{
    uint32_t word = type_word(frame);

    if (type == FRAME_TYPE_WRITABLE) {
        uint32_t notes = (flags & TYPE_GET_FOREIGN) ? TYPE_FOREIGN : 0;

        if (likely(frame_type_get_writable_quick(frame, notes)))
            return 0;
    } else if (likely(type_is_valid(word, type) && type_count(word) < TYPE_COUNT_LIMIT &&
                      type_exchange(frame, &word, word + TYPE_COUNT_ONE))) {
        return 0;
    }
    return get_slowly(frame, type, flags);
}

int frame_get_and_type(struct frame *frame, struct domain *owner, enum frame_type type)
{
    if (!frame_get(frame, owner))
        return refuse(-EINVAL, "frame %#lx is not of domain %u", frame_to_mfn(frame).number,
                      owner->id);
    return frame_type_get(frame, type, type_is_table(type) ? TYPE_GET_RESTARTABLE : 0);
}

/* ---- dropping ---- */

/* The last type reference is ours alone now. */
static void last_type_reference_went(struct frame *frame, enum frame_type type)
{
    if (type_is_table(type))
        going_push(frame);
    else
        frame_type_retire(frame, type);
}

void frame_type_put(struct frame *frame)
{
    uint32_t word = type_word(frame);

    for (;;) {
        ASSERT((word & TYPE_VALIDATED) && type_count(word) > 0);
        if (likely(type_count(word) > 1)) {
            if (type_exchange(frame, &word, word - TYPE_COUNT_ONE)) {
                frame_put(frame);
                return;
            }
            continue;
        }
        ASSERT(!(word & TYPE_PINNED));
        if (word & TYPE_LOCKED) {
            spin_wait_hint();
            word = type_word(frame);
            continue;
        }
        uint32_t going = type_with_index((word & ~TYPE_VALIDATED) | TYPE_GOING, PTES_PER_TABLE);

        if (type_exchange(frame, &word, going)) {
            last_type_reference_went(frame, type_of(word));
            return;
        }
    }
}

void frame_put_and_type(struct frame *frame)
{
    frame_type_put(frame);
}

/* ---- locks, pins, questions ---- */

bool table_lock(struct frame *frame, enum frame_type type)
{
    uint32_t word = type_word(frame);

    while (type_is_valid(word, type)) {
        if (unlikely(word & TYPE_LOCKED)) {
            spin_wait_hint();
            word = type_word(frame);
        } else if (type_exchange(frame, &word, word | TYPE_LOCKED)) {
            return true;
        }
    }
    return false;
}

bool frame_type_pin(struct frame *frame)
{
    uint32_t before = atomic_fetch_or_explicit(&frame->type, TYPE_PINNED, memory_order_acq_rel);

    ASSERT(before & TYPE_VALIDATED);
    return !(before & TYPE_PINNED);
}

bool frame_type_unpin(struct frame *frame)
{
    uint32_t before = atomic_fetch_and_explicit(&frame->type, ~TYPE_PINNED, memory_order_acq_rel);

    return before & TYPE_PINNED;
}

enum frame_type frame_type_of(const struct frame *frame)
{
    uint32_t word = type_word(frame);

    return type_count(word) ? type_of(word) : FRAME_TYPE_NONE;
}

bool frame_is_pinned(const struct frame *frame)
{
    return type_word(frame) & TYPE_PINNED;
}
