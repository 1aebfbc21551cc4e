/* SPDX-License-Identifier: MIT */
/*
 * Request and response rings, shared by a frontend and a backend.
 *
 * A ring is one page or more: struct xen_sring, then a power of two of entries, each large enough
 * for a request or a response. The frontend produces requests and consumes responses; a response
 * takes the entry of a request that was consumed. Indices run freely, modulo 2^32.
 *
 * Both ends may write all of it at any time. So the private indices are never read back from the
 * ring, an entry is copied before it is looked at (ring_copy_entry), and an end that consumes
 * checks that the other's index is possible (*_ring_is_sane).
 *
 * An event index asks to be notified when the other end's producer index passes it. Both *_push
 * functions answer whether to notify. Both *_final_check functions are for the end that ran out of
 * work: they ask to be notified and look again, so that none is lost between looking and sleeping.
 */
#ifndef PARAPET_HYPERCALL_ABI_IO_RING_H
#define PARAPET_HYPERCALL_ABI_IO_RING_H

#include <stdint.h>

typedef uint32_t RING_IDX;

/* The start of every ring. */
struct xen_sring {
    RING_IDX req_prod;
    RING_IDX req_event;
    RING_IDX rsp_prod;
    RING_IDX rsp_event;
    uint8_t pvt_pad[4];
    uint8_t __pad[44];
};
_Static_assert(sizeof(struct xen_sring) == 64, "entries of a ring begin at byte 64");

/* One end's own view of a ring. */
struct xen_front_ring {
    struct xen_sring *shared;
    uint32_t entry_bytes;
    uint32_t entry_count;  /* a power of two */
    RING_IDX req_prod_pvt; /* requests written, not all of them pushed */
    RING_IDX rsp_cons;
};

struct xen_back_ring {
    struct xen_sring *shared;
    uint32_t entry_bytes;
    uint32_t entry_count;
    RING_IDX rsp_prod_pvt; /* responses written, not all of them pushed */
    RING_IDX req_cons;
};

/* How many entries a ring has: the largest power of two that fits, 0 if none does. */
static inline uint32_t ring_entry_count(uint32_t ring_bytes, uint32_t entry_bytes)
{
    uint32_t room;
    uint32_t count = 1;

    if (ring_bytes < sizeof(struct xen_sring) + entry_bytes)
        return 0;
    room = (ring_bytes - (uint32_t)sizeof(struct xen_sring)) / entry_bytes;
    while (count <= room / 2)
        count *= 2;
    return count;
}

static inline void *ring_entry(struct xen_sring *shared, uint32_t entry_bytes, uint32_t slot)
{
    return (uint8_t *)(shared + 1) + (uint64_t)entry_bytes * slot;
}

/*
 * Copy an entry out of the ring, reading each word once. `bytes` is a multiple of 4, as the size
 * of every entry is.
 */
static inline void ring_copy_entry(void *to, const void *entry, uint32_t bytes)
{
    typedef uint32_t __attribute__((may_alias)) word_t;
    const volatile word_t *from = entry;
    uint8_t *out = to;

    for (uint32_t i = 0; i < bytes / sizeof(word_t); i++) {
        word_t word = from[i];

        __builtin_memcpy(out + i * sizeof(word_t), &word, sizeof(word_t));
    }
}

/* Was `event` passed by a producer that went from `old` to `new`? */
static inline _Bool ring_event_passed(RING_IDX old, RING_IDX new, RING_IDX event)
{
    return (RING_IDX)(new - event) < (RING_IDX)(new - old);
}

/* Make an empty ring of a cleared page; the frontend does this, before it grants the page. */
static inline void ring_init(struct xen_sring *shared)
{
    *shared = (struct xen_sring){ .req_event = 1, .rsp_event = 1 };
}

/* ---- frontend ---- */

/* Join a ring whose indices all are at `start`: 0 for a new one. */
static inline void front_ring_attach(struct xen_front_ring *ring, struct xen_sring *shared,
                                     uint32_t ring_bytes, uint32_t entry_bytes, RING_IDX start)
{
    ring->shared = shared;
    ring->entry_bytes = entry_bytes;
    ring->entry_count = ring_entry_count(ring_bytes, entry_bytes);
    ring->req_prod_pvt = start;
    ring->rsp_cons = start;
}

static inline void *front_ring_entry(const struct xen_front_ring *ring, RING_IDX index)
{
    return ring_entry(ring->shared, ring->entry_bytes, index & (ring->entry_count - 1));
}

/* Requests that can be written before the ring is full. */
static inline uint32_t front_ring_free(const struct xen_front_ring *ring)
{
    return ring->entry_count - (ring->req_prod_pvt - ring->rsp_cons);
}

/* Publish the requests up to req_prod_pvt. Answers whether to notify the backend. */
static inline _Bool front_ring_push(struct xen_front_ring *ring)
{
    RING_IDX old = __atomic_load_n(&ring->shared->req_prod, __ATOMIC_RELAXED);
    RING_IDX new = ring->req_prod_pvt;

    __atomic_store_n(&ring->shared->req_prod, new, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return ring_event_passed(old, new, __atomic_load_n(&ring->shared->req_event, __ATOMIC_RELAXED));
}

/* Responses that wait at rsp_cons. */
static inline uint32_t front_ring_unconsumed(const struct xen_front_ring *ring)
{
    return __atomic_load_n(&ring->shared->rsp_prod, __ATOMIC_ACQUIRE) - ring->rsp_cons;
}

/* A backend cannot have answered more requests than there are unanswered ones. */
static inline _Bool front_ring_is_sane(const struct xen_front_ring *ring)
{
    return front_ring_unconsumed(ring) <= ring->req_prod_pvt - ring->rsp_cons;
}

/* Unless a response is there, ask for a notification. Answers whether one is there after all. */
static inline _Bool front_ring_final_check(struct xen_front_ring *ring)
{
    if (front_ring_unconsumed(ring) != 0)
        return 1;
    __atomic_store_n(&ring->shared->rsp_event, ring->rsp_cons + 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return front_ring_unconsumed(ring) != 0;
}

/* ---- backend ---- */

/* Join a ring whose indices all are at `start`: 0 for a new one. */
static inline void back_ring_attach(struct xen_back_ring *ring, struct xen_sring *shared,
                                    uint32_t ring_bytes, uint32_t entry_bytes, RING_IDX start)
{
    ring->shared = shared;
    ring->entry_bytes = entry_bytes;
    ring->entry_count = ring_entry_count(ring_bytes, entry_bytes);
    ring->rsp_prod_pvt = start;
    ring->req_cons = start;
}

static inline void *back_ring_entry(const struct xen_back_ring *ring, RING_IDX index)
{
    return ring_entry(ring->shared, ring->entry_bytes, index & (ring->entry_count - 1));
}

/* A frontend cannot have more requests under way than the ring has entries. */
static inline _Bool back_ring_is_sane(const struct xen_back_ring *ring)
{
    RING_IDX produced = __atomic_load_n(&ring->shared->req_prod, __ATOMIC_ACQUIRE);

    return (RING_IDX)(produced - ring->rsp_prod_pvt) <= ring->entry_count;
}

/* Requests that wait at req_cons, never more than there are entries to answer them in. */
static inline uint32_t back_ring_unconsumed(const struct xen_back_ring *ring)
{
    RING_IDX produced = __atomic_load_n(&ring->shared->req_prod, __ATOMIC_ACQUIRE);
    uint32_t waiting = produced - ring->req_cons;
    uint32_t room = ring->entry_count - (ring->req_cons - ring->rsp_prod_pvt);

    return waiting < room ? waiting : room;
}

/* Publish the responses up to rsp_prod_pvt. Answers whether to notify the frontend. */
static inline _Bool back_ring_push(struct xen_back_ring *ring)
{
    RING_IDX old = __atomic_load_n(&ring->shared->rsp_prod, __ATOMIC_RELAXED);
    RING_IDX new = ring->rsp_prod_pvt;

    __atomic_store_n(&ring->shared->rsp_prod, new, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return ring_event_passed(old, new, __atomic_load_n(&ring->shared->rsp_event, __ATOMIC_RELAXED));
}

/* Unless a request is there, ask for a notification. Answers whether one is there after all. */
static inline _Bool back_ring_final_check(struct xen_back_ring *ring)
{
    if (back_ring_unconsumed(ring) != 0)
        return 1;
    __atomic_store_n(&ring->shared->req_event, ring->req_cons + 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return back_ring_unconsumed(ring) != 0;
}

#endif
