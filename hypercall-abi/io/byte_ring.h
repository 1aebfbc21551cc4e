/* SPDX-License-Identifier: MIT */
/*
 * Rings of bytes, as the store and the console use them: a power of two of bytes, a producer and
 * a consumer index that run freely modulo 2^32.
 *
 * The other end may write anything at any time. Indices that are further apart than the ring is
 * long make it broken: then nothing is moved, and the caller drops the connection.
 */
#ifndef PARAPET_HYPERCALL_ABI_IO_BYTE_RING_H
#define PARAPET_HYPERCALL_ABI_IO_BYTE_RING_H

#include <stdint.h>

/* One direction of a shared page. */
struct byte_ring {
    char *bytes;
    uint32_t size; /* a power of two */
    uint32_t *cons;
    uint32_t *prod;
};

static inline _Bool byte_ring_is_broken(const struct byte_ring *ring)
{
    uint32_t prod = __atomic_load_n(ring->prod, __ATOMIC_ACQUIRE);
    uint32_t cons = __atomic_load_n(ring->cons, __ATOMIC_ACQUIRE);

    return prod - cons > ring->size;
}

/* Take up to `limit` bytes. Answers how many; afterwards, notify the producer if any. */
static inline uint32_t byte_ring_read(const struct byte_ring *ring, void *to, uint32_t limit)
{
    uint32_t cons = __atomic_load_n(ring->cons, __ATOMIC_RELAXED);
    uint32_t count = __atomic_load_n(ring->prod, __ATOMIC_ACQUIRE) - cons;
    char *out = to;

    if (count > ring->size)
        return 0;
    if (count > limit)
        count = limit;
    for (uint32_t i = 0; i < count; i++)
        out[i] = ((const volatile char *)ring->bytes)[(cons + i) & (ring->size - 1)];
    __atomic_store_n(ring->cons, cons + count, __ATOMIC_RELEASE);
    return count;
}

/* Put up to `limit` bytes. Answers how many; afterwards, notify the consumer if any. */
static inline uint32_t byte_ring_write(const struct byte_ring *ring, const void *from,
                                       uint32_t limit)
{
    uint32_t prod = __atomic_load_n(ring->prod, __ATOMIC_RELAXED);
    uint32_t used = prod - __atomic_load_n(ring->cons, __ATOMIC_ACQUIRE);
    const char *in = from;
    uint32_t count;

    if (used > ring->size)
        return 0;
    count = ring->size - used;
    if (count > limit)
        count = limit;
    for (uint32_t i = 0; i < count; i++)
        ring->bytes[(prod + i) & (ring->size - 1)] = in[i];
    __atomic_store_n(ring->prod, prod + count, __ATOMIC_RELEASE);
    return count;
}

#endif
