/* SPDX-License-Identifier: MIT */
/*
 * The machine-to-physical table: for each machine frame the guest's own number of it.
 *
 * At its ABI address (M2P_VIRT) every guest may read it, nobody may write; the hypervisor writes
 * through a second mapping. What is no RAM reads as all ones. Entries are changed by whoever
 * holds a reference to the frame; a single store, so no lock.
 */
#ifndef PARAPET_MM_M2P_H
#define PARAPET_MM_M2P_H

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

#endif
