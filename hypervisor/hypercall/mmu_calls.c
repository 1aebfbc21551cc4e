/* SPDX-License-Identifier: MIT */
/*
 * The page-table calls: who may name whose frames, and the loops over batches. What a single
 * update means is pvmmu/'s.
 *
 * A batch is copied in small pieces, each entry once. It stops at the first entry that fails. The
 * number of entries done goes to the guest's counter; after a restart (bit 31 of the count)
 * it continues from what the counter says, which the guest may have changed: that number is
 * only reported, never used.
 */
#include "arch/guest_words.h"
#include "arch/x86.h"
#include "domain/domain.h"
#include "domain/preempt.h"
#include "hypercall/restart.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/address.h"
#include "mm/guest_access.h"
#include "pvmmu/pvmmu.h"

#define BATCH_RESTARTED (1u << 31)
#define PIECE_ENTRIES   16u

/* One of the two calls on arrays. */
struct batch {
    struct vcpu *caller;
    struct mmu_domains domains;
    struct domain *settled; /* whose page tables the batch may drop */
    uint64_t list;
    uint32_t count;
    uint32_t entry_bytes;
    /* The first of @count entries, or more of them: how many in *@done. An error is of the next. */
    int (*perform)(const struct batch *batch, const void *entries, uint32_t count, uint32_t *done);
};

union batch_entry {
    struct mmu_update update;
    struct mmuext_op extended;
    uint64_t word[3];
};
_Static_assert(sizeof(union batch_entry) == 3 * sizeof(uint64_t), "words of the longest entry");

/* Copies the piece that begins with entry @index; *@entries are in it. */
static int batch_fetch(const struct batch *batch, uint32_t index, void *piece, uint32_t *entries)
{
    uint32_t left = batch->count - index;

    *entries = left < PIECE_ENTRIES ? left : PIECE_ENTRIES;
    return copy_from_guest(piece, batch->list + (uint64_t)index * batch->entry_bytes,
                           (size_t)*entries * batch->entry_bytes);
}

/* 0, the error of the entry that failed, or -ERESTART; *@done entries are done. */
static int batch_run(const struct batch *batch, uint32_t *done)
{
    uint64_t piece[PIECE_ENTRIES * sizeof(union batch_entry) / sizeof(uint64_t)];
    uint32_t in_piece = 0, at = 0, step;

    for (*done = 0;; *done += step, at += step) {
        int error;

        if (mmu_settle(batch->settled))
            return -ERESTART;
        if (*done == batch->count)
            return 0;
        if (at == in_piece) {
            if (*done && *done % PREEMPT_INTERVAL == 0 && preempt_pending())
                return -ERESTART;
            if (batch_fetch(batch, *done, piece, &in_piece))
                return -EFAULT;
            at = 0;
        }
        error =
            batch->perform(batch, (uint8_t *)piece + at * batch->entry_bytes, in_piece - at, &step);
        if (error) {
            *done += step;
            return error;
        }
    }
}

/* Adds @done to the guest's counter at @address, or stores it. */
static int report_done(uint64_t address, uint32_t done, bool is_restarted)
{
    uint32_t before = 0;

    if (!address)
        return 0;
    if (is_restarted && copy_from_guest(&before, address, sizeof(before)))
        return -EFAULT;
    done += before;
    return copy_to_guest(address, &done, sizeof(done));
}

/* What kernels ask for most: one entry, of their own, whose number need not be reported. */
static ALWAYS_INLINE bool is_plain_single(uint64_t count, uint64_t done_address, uint64_t domains)
{
    return count == 1 && !done_address && (uint32_t)domains == DOMID_SELF;
}

/* Its words, read without a copy routine: 0 or -EFAULT. Inlined, with @count constant. An entry that
 * begins below the hole ends in non-canonical addresses at most. */
static ALWAYS_INLINE int read_single(union batch_entry *entry, uint64_t list, unsigned count)
{
    uint64_t word;

    if (unlikely(!guest_address_ok(list)))
        return -EFAULT;
    list = address_clamp_outside(list, HOLE_START, HOLE_SHIFT);
    guest_access_begin();
    GUEST_LOAD_OR(fault, word, list, 0);
    entry->word[0] = word;
    GUEST_LOAD_OR(fault, word, list, 8);
    entry->word[1] = word;
    if (count > 2) {
        GUEST_LOAD_OR(fault, word, list, 16);
        entry->word[2] = word;
    }
    guest_access_end();
    return 0;

fault:
    guest_access_end();
    return -EFAULT;
}

/* After the single entry at @list: tables may be left to take apart, before the call is over. */
static ALWAYS_INLINE long single_done(struct vcpu *caller, uint64_t list, size_t entry_bytes)
{
    if (likely(!mmu_settle(caller->domain)))
        return 0;
    hypercall_set_argument(caller, 0, list + entry_bytes);
    hypercall_set_argument(caller, 1, BATCH_RESTARTED);
    return HYPERCALL_RESTART;
}

static NOINLINE long batch_call(struct batch *batch, uint64_t count_argument, uint64_t done_address)
{
    bool is_restarted = count_argument & BATCH_RESTARTED;
    uint32_t done = 0;
    int error;

    batch->count = (uint32_t)count_argument & ~BATCH_RESTARTED;
    error = batch_run(batch, &done);
    mmu_release_domains(&batch->domains);

    if (report_done(done_address, done, is_restarted))
        return -EFAULT;
    if (error != -ERESTART)
        return error;
    hypercall_set_argument(batch->caller, 0, batch->list + (uint64_t)done * batch->entry_bytes);
    hypercall_set_argument(batch->caller, 1, (batch->count - done) | BATCH_RESTARTED);
    return HYPERCALL_RESTART;
}

static int perform_updates(const struct batch *batch, const void *entries, uint32_t count,
                           uint32_t *done)
{
    int error = mmu_update_some(&batch->domains, entries, count, done);

    batch->caller->counters.page_table_updates += *done;
    return error;
}

static NOINLINE long update_batch(struct vcpu *caller, uint64_t list, uint64_t count, uint64_t done,
                                  uint64_t domains)
{
    struct batch batch = { .caller = caller,
                           .list = list,
                           .entry_bytes = sizeof(struct mmu_update),
                           .perform = perform_updates };
    int error = mmu_resolve_domains(caller, (uint32_t)domains, &batch.domains);

    if (error)
        return error;
    batch.settled = batch.domains.table_owner;
    return batch_call(&batch, count, done);
}

long hypercall_mmu_update(struct vcpu *caller, uint64_t list, uint64_t count, uint64_t done,
                          uint64_t domains, UNUSED uint64_t a5)
{
    union batch_entry entry;
    int error;

    if (unlikely(!is_plain_single(count, done, domains)))
        return update_batch(caller, list, count, done, domains);
    if (unlikely(mmu_settle(caller->domain)))
        return HYPERCALL_RESTART;
    if (unlikely(read_single(&entry, list, sizeof(entry.update) / sizeof(uint64_t))))
        return -EFAULT;
    error = mmu_update_one(caller->domain, caller->domain, &entry.update);
    if (unlikely(error))
        return error == -ERESTART ? HYPERCALL_RESTART : error;
    caller->counters.page_table_updates++;
    return single_done(caller, list, sizeof(entry.update));
}

static int perform_extended(const struct batch *batch, const void *entries, UNUSED uint32_t count,
                            uint32_t *done)
{
    int error = mmuext_op_one(batch->caller, batch->domains.frame_owner, entries);

    *done = error ? 0 : 1;
    return error;
}

static NOINLINE long extended_batch(struct vcpu *caller, uint64_t list, uint64_t count,
                                    uint64_t done, uint64_t domain_id)
{
    struct batch batch = { .caller = caller,
                           .list = list,
                           .entry_bytes = sizeof(struct mmuext_op),
                           .perform = perform_extended };
    int error = mmu_resolve_domains(caller, (uint16_t)domain_id, &batch.domains);

    if (error)
        return error;
    batch.settled = batch.domains.frame_owner;
    return batch_call(&batch, count, done);
}

long hypercall_mmuext_op(struct vcpu *caller, uint64_t list, uint64_t count, uint64_t done,
                         uint64_t domain_id, UNUSED uint64_t a5)
{
    union batch_entry entry;
    int error;

    if (unlikely(!is_plain_single(count, done, (uint16_t)domain_id)))
        return extended_batch(caller, list, count, done, domain_id);
    if (unlikely(mmu_settle(caller->domain)))
        return HYPERCALL_RESTART;
    if (unlikely(read_single(&entry, list, sizeof(entry.extended) / sizeof(uint64_t))))
        return -EFAULT;
    error = mmuext_op_one(caller, caller->domain, &entry.extended);
    if (unlikely(error))
        return error == -ERESTART ? HYPERCALL_RESTART : error;
    return single_done(caller, list, sizeof(entry.extended));
}

/* Before a call that takes a single frame: true if tables must be taken apart first. */
static bool must_settle_first(struct vcpu *caller)
{
    return mmu_settle(caller->domain) != 0;
}

static long result_of(int error)
{
    return error == -ERESTART ? HYPERCALL_RESTART : error;
}

long hypercall_update_va_mapping(struct vcpu *caller, uint64_t address, uint64_t entry,
                                 uint64_t flags, UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    if (must_settle_first(caller))
        return HYPERCALL_RESTART;
    return result_of(mmu_update_va_mapping(caller, address, entry, flags, caller->domain));
}

long hypercall_update_va_mapping_otherdomain(struct vcpu *caller, uint64_t address, uint64_t entry,
                                             uint64_t flags, uint64_t domain_id, UNUSED uint64_t a5)
{
    struct mmu_domains domains;
    int error;

    if (must_settle_first(caller))
        return HYPERCALL_RESTART;
    error = mmu_resolve_domains(caller, (uint16_t)domain_id, &domains);
    if (error)
        return error;
    error = mmu_update_va_mapping(caller, address, entry, flags, domains.frame_owner);
    mmu_release_domains(&domains);
    return result_of(error);
}

long hypercall_update_descriptor(struct vcpu *caller, uint64_t slot, uint64_t descriptor,
                                 UNUSED uint64_t a3, UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    if (must_settle_first(caller))
        return HYPERCALL_RESTART;
    return result_of(descriptors_update(caller, slot, descriptor));
}

#define GDT_ENTRIES_MAX     (GDT_WINDOW_GUEST_PAGES * PAGE_SIZE / 8)
#define GDT_ENTRIES_IN_PAGE (PAGE_SIZE / 8)

long hypercall_set_gdt(struct vcpu *caller, uint64_t frame_list, uint64_t entries_argument,
                       UNUSED uint64_t a3, UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    uint64_t frames[GDT_WINDOW_GUEST_PAGES];
    uint32_t entries = (uint32_t)entries_argument;
    uint32_t pages = (uint32_t)((entries + GDT_ENTRIES_IN_PAGE - 1) / GDT_ENTRIES_IN_PAGE);

    if (must_settle_first(caller))
        return HYPERCALL_RESTART;
    if (entries > GDT_ENTRIES_MAX)
        return refuse(-EINVAL, "a GDT of %u descriptors", entries);
    if (copy_from_guest(frames, frame_list, pages * sizeof(frames[0])))
        return -EFAULT;
    return result_of(descriptors_set_gdt(caller, frames, entries));
}
