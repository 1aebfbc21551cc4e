/* SPDX-License-Identifier: MIT */
#include "console/log_ring.h"

#include "lib/string.h"

void ring_append(struct log_ring *ring, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        ring->memory[(ring->written + i) & (ring->bytes - 1)] = text[i];
    ring->written += bytes;
}

uint64_t ring_oldest(const struct log_ring *ring)
{
    uint64_t oldest = ring->written > ring->bytes ? ring->written - ring->bytes : 0;

    return oldest > ring->cleared ? oldest : ring->cleared;
}

size_t ring_piece(const struct log_ring *ring, uint64_t *position, const char **text)
{
    uint64_t oldest = ring_oldest(ring);

    if (*position < oldest)
        *position = oldest;
    if (*position >= ring->written)
        return 0;
    size_t offset = *position & (ring->bytes - 1);
    uint64_t length = ring->written - *position;
    *text = ring->memory + offset;
    return length < ring->bytes - offset ? length : ring->bytes - offset;
}

void ring_move(struct log_ring *ring, char *memory, size_t bytes)
{
    struct log_ring moved = { .memory = memory, .bytes = bytes, .cleared = ring->cleared };
    uint64_t position = 0;
    const char *text;
    size_t length;

    /* Positions stay what they are, so that readers go on where they were. */
    moved.written = ring_oldest(ring);
    if (moved.written > moved.cleared)
        moved.cleared = moved.written;
    while ((length = ring_piece(ring, &position, &text)) > 0) {
        ring_append(&moved, text, length);
        position += length;
    }
    *ring = moved;
}
