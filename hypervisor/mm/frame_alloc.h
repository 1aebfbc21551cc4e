/* SPDX-License-Identifier: MIT */
/*
 * The allocator of machine frames: blocks of 2^order frames, by address width.
 *
 * A buddy allocator with one set of free lists for each power of two of the address, so
 * that a caller whose device reaches only 32 bits finds memory that others took last: unlimited
 * requests are served from the highest addresses. Each CPU keeps a few single frames.
 *
 * Frames that were used are marked dirty and cleared when they are given out again, not when they
 * are freed, and at boot all are dirty, so start-up touches none. Thus nobody ever sees what
 * another owner left.
 *
 * Locks: LOCK_FRAME_CACHE, then LOCK_FRAME_ALLOC, both inside.
 */
#ifndef PARAPET_MM_FRAME_ALLOC_H
#define PARAPET_MM_FRAME_ALLOC_H

#include <stdint.h>

#include "lib/compiler.h"
#include "mm/frame.h"

#define FRAME_ORDER_MAX 18u /* 1 GiB */

#define FRAME_ADDRESS_ANY 64u
/* Frames below 16 MiB are the first set; a narrower request is refused. */
#define FRAME_ADDRESS_BITS_MIN 24u

enum frame_alloc_flags {
    FRAME_ALLOC_ZERO = 0,  /* the default: every byte of the block is zero */
    FRAME_ALLOC_DIRTY = 1, /* contents are old: the caller overwrites all before anyone sees it */
};

/*
 * A block of 2^@order frames, aligned to its size, wholly below 2^@address_bits. Owner NULL,
 * count and type 0, state USED. NULL if there is none (or order or width are out of range).
 * No CPU has a translation to it any more (by the frames' tlb_stamp; flushed if need be).
 */
MUST_CHECK struct frame *frame_alloc(unsigned order, unsigned address_bits, unsigned flags);

/*
 * Gives a block (or an aligned part of one) back. Its frames have count 0 and type 0; what the
 * owner left in them is seen by nobody.
 */
void frame_free(struct frame *frame, unsigned order);

/*
 * Frames [first, end) become free memory: at boot, or when something of the boot loader is no
 * longer needed. They are RAM, in the frame table, and nobody uses them.
 */
void frame_alloc_add_region(mfn_t first, mfn_t end);

/* Free frames now, those in CPUs' caches included. */
uint64_t frames_free_total(void);
/* Free frames below 2^@address_bits, without those in CPUs' caches. */
uint64_t frames_free_below(unsigned address_bits);
uint64_t frames_managed_total(void); /* ever added */

/*
 * Boot: an allocator of nothing, for machine frames [0, @frames). @tables are for good and have
 * frame_alloc_table_bytes(@frames), 8-byte aligned: the chunk map of mm/frame.h and the links of
 * large free blocks.
 */
size_t frame_alloc_table_bytes(uint64_t frames);
void frame_alloc_init(uint64_t frames, void *tables);

/*
 * Fills the part of the M2P that describes memory nobody was given yet: before somebody may read
 * the table by its own frames (XENMEM_machphys_mfn_list), behind the page of ones.
 */
void frame_alloc_fill_m2p(void);

/* Debug and tests: walks all free lists and checks every invariant; stops on a violation. */
void frame_alloc_check(void);

#endif
