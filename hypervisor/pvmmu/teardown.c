/* SPDX-License-Identifier: MIT */
/*
 * Page tables that nothing refers to any more: taken apart one by one.
 *
 * frame_type_put() only pushes such a table on a list of its owner's; taking it apart may push
 * the tables below it. So no drop of a reference is ever long or deep, however much hangs on
 * it, and any vCPU can do the work: a vCPU that wants one of the frames, or makes the next MMU
 * call, or the destruction of the domain.
 *
 * The list is a stack without a lock: domain->mmu.going has the mfn of the first table (0: none,
 * no domain owns frame 0) and above it a count of changes, which makes each value of the word new.
 */
#include "domain/preempt.h"
#include "lib/errno.h"
#include "pvmmu/frame_type.h"
#include "pvmmu/pvmmu.h"
#include "pvmmu/roots.h"
#include "pvmmu/validate.h"

#define GOING_CHANGE     (MMU_GOING_MFN_MASK + 1)
#define FRAMES_PER_CHECK 1024u

_Static_assert(MAX_MFN <= MMU_GOING_MFN_MASK, "an mfn fits");

static uint64_t next_word(uint64_t word, uint64_t first)
{
    return ((word & ~MMU_GOING_MFN_MASK) + GOING_CHANGE) | first;
}

void going_push(struct frame *frame)
{
    _Atomic uint64_t *list = &frame_owner(frame)->mmu.going;
    uint64_t word = atomic_load_explicit(list, memory_order_relaxed);

    ASSERT(type_word(frame) & TYPE_GOING);
    do {
        frame->tlb_stamp = (uint32_t)(word & MMU_GOING_MFN_MASK);
    } while (!atomic_compare_exchange_weak_explicit(list, &word,
                                                    next_word(word, frame_to_mfn(frame).number),
                                                    memory_order_acq_rel, memory_order_relaxed));
}

static struct frame *going_pop(struct domain *d)
{
    uint64_t word = atomic_load_explicit(&d->mmu.going, memory_order_acquire);
    struct frame *frame;

    do {
        if (!(word & MMU_GOING_MFN_MASK))
            return NULL;
        frame = mfn_to_frame(mfn(word & MMU_GOING_MFN_MASK));
        /* If another CPU pops it meanwhile this reads rubbish, and the exchange fails. */
    } while (!atomic_compare_exchange_weak_explicit(&d->mmu.going, &word,
                                                    next_word(word, frame->tlb_stamp),
                                                    memory_order_acq_rel, memory_order_acquire));
    return frame;
}

static void take_apart(struct frame *frame)
{
    uint32_t word = type_word(frame);

    ASSERT((word & TYPE_GOING) && type_is_table(type_of(word)));
    invalidate_table(frame, type_of(word), type_index(word));
    frame_type_retire(frame, type_of(word));
}

static bool has_going(const struct domain *d)
{
    return atomic_load_explicit(&d->mmu.going, memory_order_acquire) & MMU_GOING_MFN_MASK;
}

int mmu_settle_slowly(struct domain *d)
{
    while (has_going(d)) {
        atomic_fetch_add_explicit(&d->mmu.settlers, 1, memory_order_acq_rel);

        struct frame *frame = going_pop(d);

        if (frame)
            take_apart(frame);
        atomic_fetch_sub_explicit(&d->mmu.settlers, 1, memory_order_release);
        if (preempt_pending())
            return has_going(d) ? -ERESTART : 0;
    }
    return 0;
}

/* ---- a dying domain ---- */

/* Whatever keeps a type of this frame alive by itself goes. */
static void let_go_of(struct frame *frame)
{
    if (type_word(frame) & TYPE_PARTIAL)
        frame_type_abandon(frame);
    else if (frame_type_unpin(frame))
        frame_type_put(frame);
}

static bool may_hold_itself(const struct frame *frame, const struct domain *d)
{
    return frame_is_of(frame, d) && (type_word(frame) & (TYPE_PINNED | TYPE_PARTIAL)) &&
           (atomic_load_explicit(&frame->count, memory_order_relaxed) & FRAME_COUNT_MASK);
}

static int let_go_of_all(struct domain *d)
{
    /* Nobody gives it frames any more. */
    uint64_t first = atomic_load_explicit(&d->frames_first, memory_order_relaxed);
    uint64_t end = atomic_load_explicit(&d->frames_end, memory_order_relaxed);

    while (d->mmu.teardown_frame < end && first < end - d->mmu.teardown_frame) {
        struct frame *frame = frame_lookup(mfn(first + d->mmu.teardown_frame++));

        if (frame && may_hold_itself(frame, d))
            let_go_of(frame);
        else if (d->mmu.teardown_frame % FRAMES_PER_CHECK)
            continue;
        if (mmu_settle(d) || preempt_pending())
            return -ERESTART;
    }
    return 0;
}

int mmu_domain_teardown(struct domain *d)
{
    ASSERT(atomic_load(&d->life) != DOMAIN_ALIVE);
    if (d->mmu.teardown_vcpu == 0 && d->mmu.teardown_frame == 0)
        roots_unload_everywhere(d);
    while (d->mmu.teardown_vcpu < d->vcpu_count) {
        mmu_vcpu_reset(d->vcpus[d->mmu.teardown_vcpu++]);
        if (mmu_settle(d) || preempt_pending())
            return -ERESTART;
    }
    if (let_go_of_all(d) || mmu_settle(d))
        return -ERESTART;
    /* Another CPU may just be taking a table apart, and list those below it. */
    return atomic_load_explicit(&d->mmu.settlers, memory_order_acquire) || has_going(d) ? -ERESTART
                                                                                        : 0;
}
