/* SPDX-License-Identifier: MIT */
/*
 * The frame table: one struct frame for each machine frame that is RAM.
 *
 * The table is at a fixed address and sparse: it is valid in chunks of 2 MiB of RAM, each of
 * which is set up when the allocator first gives out a part of it. mfn_valid() may be asked
 * about any number; only then may mfn_to_frame() be dereferenced.
 *
 * A frame is free (in the allocator), the hypervisor's own (owner NULL, never a guest's),
 * or a domain's. A domain's frame has a count of general references and a type word; the
 * type word belongs to pvmmu/frame_type.c, which alone changes it.
 *
 * count: bits 0-28 references, FRAME_ALLOCATED is one of the references and is dropped
 * exactly once (test-and-clear), when the domain gives the frame back; the frame is freed
 * when the count reaches zero. All changes are by compare-and-swap.
 *
 * tlb_stamp is the flush clock at the time the last mapping of a type, or the last
 * reference, went; before the frame gets another type or owner, every CPU that ran the domain
 * and has not flushed since is flushed. It survives free and allocate.
 */
#ifndef PARAPET_MM_FRAME_H
#define PARAPET_MM_FRAME_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "mm/address.h"

#define FRAME_ALLOCATED (1u << 31) /* the owner's allocation reference is still there */
/* The hypervisor's page that it shares with its owner (shared_info, grant table). */
#define FRAME_RAM_SPECIAL (1u << 30)
#define FRAME_COUNT_MASK  ((1u << 29) - 1)
#define FRAME_COUNT_LIMIT (1u << 28) /* no reference beyond this is given out */

struct frame {
    _Atomic uint32_t count; /* free: 0, as the type */
    _Atomic uint32_t type;
    uint32_t tlb_stamp;
    _Atomic uint16_t owner; /* 1 + the domain's id; 0: none */
    uint8_t state;          /* enum frame_state */
    uint8_t order    : 5;   /* of an allocated block that begins here */
    uint8_t is_dirty : 1;   /* must be scrubbed before another owner sees it */
};
#define FRAME_ORDER_MASK 0x1fu
_Static_assert(sizeof(struct frame) == 16, "the frame table is indexed by shifts");

enum frame_state {
    FRAME_STATE_RESERVED, /* not RAM, or firmware's: never given out */
    FRAME_STATE_FREE,     /* in a free block */
    FRAME_STATE_USED,
    FRAME_STATE_CACHED, /* in a CPU's cache of single frames */
};

extern uint64_t frame_count; /* highest RAM mfn + 1 */

/* The chunk map: what is known of each 2 MiB of machine memory, a byte for each. */
#define FRAME_CHUNK_SHIFT 9

enum frame_chunk {
    FRAME_CHUNK_ABSENT,   /* nothing there was ever given to the allocator */
    FRAME_CHUNK_PRISTINE, /* all free and never given out: its part of the table is not valid */
    FRAME_CHUNK_LIVE,     /* every struct frame of it is valid */
};

extern uint8_t *frame_chunks;

static inline struct frame *frame_table(void)
{
    return (struct frame *)FRAME_TABLE_VIRT;
}

static inline bool mfn_valid(mfn_t number)
{
    return number.number < frame_count &&
           frame_chunks[number.number >> FRAME_CHUNK_SHIFT] == FRAME_CHUNK_LIVE;
}

static inline struct frame *mfn_to_frame(mfn_t number)
{
    return &frame_table()[number.number];
}

static inline mfn_t frame_to_mfn(const struct frame *frame)
{
    return (mfn_t){ (uint64_t)(frame - frame_table()) };
}

#endif
