/* SPDX-License-Identifier: MIT */
/*
 * The kept log: the last bytes of everything that was said, in a ring whose size is a power of
 * two. A position is the number of bytes ever written before it. The console lock guards it.
 */
#ifndef PARAPET_CONSOLE_LOG_RING_H
#define PARAPET_CONSOLE_LOG_RING_H

#include <stddef.h>
#include <stdint.h>

struct log_ring {
    char *memory;
    size_t bytes;
    uint64_t written; /* position of the next byte */
    uint64_t cleared; /* nothing before it is given out any more */
};

void ring_append(struct log_ring *ring, const char *text, size_t bytes);

/* Position of the oldest byte that is kept. */
uint64_t ring_oldest(const struct log_ring *ring);

/*
 * The bytes from *@position (moved up to the oldest) on that lie in one piece of memory: their
 * number, and *@text at the first. 0: none.
 */
size_t ring_piece(const struct log_ring *ring, uint64_t *position, const char **text);

/* Moves what is kept into other memory, the newest of it if it does not fit. */
void ring_move(struct log_ring *ring, char *memory, size_t bytes);

#endif
