/* SPDX-License-Identifier: MIT */
/* Taking and dropping what entries refer to. */
#include "pvmmu/entry_ref.h"

#include "lib/errno.h"
#include "lib/refuse.h"
#include "pvmmu/entry_rules.h"
#include "pvmmu/frame_type.h"
#include "pvmmu/mmio.h"
#include "pvmmu/pvmmu.h"

/* ---- L1 ---- */

static int get_device_page(uint64_t *entry, const struct l1_rights *rights)
{
    switch (mmio_access(rights->table_owner, rights->frame_owner, entry_mfn(*entry))) {
    case MMIO_WRITABLE:
        return 0;
    case MMIO_READABLE:
        *entry &= ~PTE_WRITE;
        return 0;
    case MMIO_NONE:
    default:
        return refuse(-EPERM, "frame %#lx is no device memory that domain %u may map",
                      entry_mfn(*entry).number, rights->table_owner->id);
    }
}

static NOINLINE int get_with_cache_bits(struct frame *frame, uint64_t entry)
{
    if (atomic_load_explicit(&frame->count, memory_order_relaxed) & FRAME_RAM_SPECIAL)
        return refuse(-EINVAL, "a page of the hypervisor's is mapped write-back only");
    if (entry & PTE_WRITE)
        atomic_fetch_or_explicit(&frame->type, TYPE_NONCOHERENT, memory_order_relaxed);
    return 0;
}

static NOINLINE int refuse_owner(uint64_t entry, const struct l1_rights *rights)
{
    return refuse(-EINVAL, "entry %#lx: the frame is not domain %u's", entry,
                  rights->frame_owner->id);
}

int l1_entry_get(uint64_t *entry, const struct l1_rights *rights)
{
    struct frame *frame = frame_lookup(entry_mfn(*entry));
    bool is_foreign = rights->table_owner != rights->frame_owner;
    int error = 0;

    if (unlikely(!frame))
        return get_device_page(entry, rights);
    if (unlikely(is_foreign ? !frame_get(frame, rights->frame_owner)
                            : !frame_get_quick(frame, rights->frame_owner)))
        return refuse_owner(*entry, rights);
    if (*entry & PTE_WRITE)
        error = frame_type_get(frame, FRAME_TYPE_WRITABLE,
                               (is_foreign ? TYPE_GET_FOREIGN : 0) |
                                   (rights->may_restart ? TYPE_GET_RESTARTABLE : 0));
    if (unlikely(error))
        return error;
    if (unlikely(*entry & PTE_CACHE_BITS)) {
        error = get_with_cache_bits(frame, *entry);
        if (error)
            l1_entry_put(*entry);
    }
    return error;
}

void l1_entry_put(uint64_t entry)
{
    struct frame *frame;

    if (!entry_is_present(entry))
        return;
    frame = frame_lookup(entry_mfn(entry));
    if (!frame)
        return;
    if (entry & PTE_WRITE)
        frame_type_put(frame);
    else
        frame_put(frame);
}

/* ---- L2 to L4 ---- */

static bool points_to_itself(unsigned level, uint64_t entry, const struct frame *table)
{
    return level == 4 && entry_mfn(entry).number == frame_to_mfn(table).number;
}

int upper_entry_get(unsigned level, uint64_t entry, const struct frame *table, struct domain *d)
{
    struct frame *frame = frame_lookup(entry_mfn(entry));

    if (points_to_itself(level, entry, table)) {
        if (entry & PTE_WRITE)
            return refuse(-EINVAL, "linear L4 entry %#lx must be read-only", entry);
        return 0;
    }
    if (!frame || !frame_get_quick(frame, d))
        return refuse(-EINVAL, "L%u entry %#lx: the frame is not domain %u's", level, entry, d->id);
    return frame_type_get(frame, (enum frame_type)(level - 1), TYPE_GET_RESTARTABLE);
}

void upper_entry_put(unsigned level, uint64_t entry, const struct frame *table)
{
    if (entry_is_present(entry) && !points_to_itself(level, entry, table))
        frame_type_put(mfn_to_frame(entry_mfn(entry)));
}
