/* SPDX-License-Identifier: MIT */
/*
 * A frame that was written through an uncached or write-combining mapping may differ from what
 * the caches hold of it through the direct map; before it is used as anything else they must agree.
 */
#include "pvmmu/cache.h"

#include "arch/arch.h"
#include "lib/barrier.h"

#define CACHE_LINE_BYTES_MIN 32u /* of any CPU in long mode; smaller steps only cost time */

void cache_flush_frame(const struct frame *frame)
{
    const uint8_t *page = mfn_to_virt(frame_to_mfn(frame));

    barrier_full();
    for (unsigned offset = 0; offset < PAGE_SIZE; offset += CACHE_LINE_BYTES_MIN)
        clflush(page + offset);
    barrier_full();
}
