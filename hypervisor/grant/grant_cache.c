/* SPDX-License-Identifier: MIT */
/*
 * Cache flushes of a part of a frame.
 *
 * Devices see what caches hold on this architecture, so nobody needs it; a guest may still ask for
 * frames of its own. Those that others granted to it are not flushed: to find out whether they
 * did would be a search through their tables.
 */
#include "arch/arch.h"
#include "domain/domain.h"
#include "grant/grant_ops.h"
#include "lib/barrier.h"
#include "lib/checked_math.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/address.h"
#include "pvmmu/pvmmu.h"

#define CACHE_LINE_BYTES_MIN 32u /* of any CPU in long mode */

static void flush_bytes(mfn_t frame, uint16_t offset, uint16_t length)
{
    const uint8_t *page = mfn_to_virt(frame);

    barrier_full();
    for (uint32_t at = offset & ~(CACHE_LINE_BYTES_MIN - 1); at < offset + (uint32_t)length;
         at += CACHE_LINE_BYTES_MIN)
        clflush(page + at);
    barrier_full();
}

static long flush_one(struct vcpu *caller, const struct gnttab_cache_flush *op)
{
    struct frame *frame;

    if (!range_fits(op->offset, op->length, PAGE_SIZE) || op->offset == PAGE_SIZE)
        return refuse(-EINVAL, "flush of %u bytes from %u", op->length, op->offset);
    if (op->op & GNTTAB_CACHE_SOURCE_GREF)
        return refuse(-EOPNOTSUPP, "flush by grant reference");
    if (op->op & ~(GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_INVAL))
        return refuse(-EINVAL, "cache operation %#x", op->op);
    if (!op->length || !op->op)
        return 0;
    /* To drop what is not written back would show what others wrote there before. */
    if (!(op->op & GNTTAB_CACHE_CLEAN))
        return refuse(-EOPNOTSUPP, "invalidation without cleaning");

    frame = frame_lookup(maddr_to_mfn(maddr(op->a.dev_bus_addr)));
    if (!frame)
        return refuse(-EINVAL, "bus address %#lx is not RAM", op->a.dev_bus_addr);
    if (!frame_get(frame, caller->domain))
        return refuse(-EPERM, "bus address %#lx is not the domain's", op->a.dev_bus_addr);
    flush_bytes(frame_to_mfn(frame), op->offset, op->length);
    frame_put(frame);
    return 0;
}

long gnttab_op_cache_flush(struct vcpu *caller, struct gnttab_cache_flush *ops, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        long error = flush_one(caller, &ops[i]);

        if (error)
            return error;
    }
    return 0;
}
