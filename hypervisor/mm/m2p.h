/* SPDX-License-Identifier: MIT */
/*
 * The machine-to-physical table: for each machine frame the guest's own number of it.
 *
 * At its ABI address (M2P_VIRT) every guest may read it, nobody may write; the hypervisor writes
 * through a second mapping. What is no RAM, or was never given out, reads as all ones. Entries
 * are changed by whoever holds a reference to the frame; a single store, so no lock.
 *
 * A page of the table describes one chunk of mm/frame.h and is filled when the chunk is made
 * live, so that start-up need not touch the table. Until then the guests' view of it is absent,
 * and a guest that reads it nevertheless is given a page of ones, by m2p_fault().
 */
#ifndef PARAPET_MM_M2P_H
#define PARAPET_MM_M2P_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/layout.h"
#include "lib/assert.h"
#include "lib/barrier.h"
#include "mm/address.h"
#include "mm/frame.h"

#define M2P_INVALID (~0UL)

/* The frame is in the frame table (mfn_valid). */
static inline void m2p_set(mfn_t frame, uint64_t pfn)
{
    ASSERT(mfn_valid(frame));
    WRITE_ONCE(((uint64_t *)M2P_WRITE_VIRT)[frame.number], pfn);
}

/* M2P_INVALID for what has none. */
static inline uint64_t m2p_get(mfn_t frame)
{
    return mfn_valid(frame) ? READ_ONCE(((uint64_t *)M2P_WRITE_VIRT)[frame.number]) : M2P_INVALID;
}

/* Boot: both mappings, with memory from early_alloc(). */
void m2p_build(uint64_t *root);

/*
 * The allocator is about to give out a part of the chunk of @frame for the first time: its entries
 * become M2P_INVALID. True if a guest may have the page of ones in its TLB for it; then the
 * frames of the chunk need a stamp (tlb_stamp).
 */
MUST_CHECK bool m2p_chunk_start(mfn_t frame);

/* A guest's read at @address found nothing mapped. True: it may be repeated now. */
MUST_CHECK bool m2p_fault(uint64_t address);

/* Entries of a chunk that is not live become M2P_INVALID where the frames of the table are read. */
void m2p_chunk_fill(mfn_t frame);

/* The first frame of the 2 MiB page that holds the entries from @frame on; MFN_INVALID: none. */
mfn_t m2p_backing(mfn_t frame);

#endif
