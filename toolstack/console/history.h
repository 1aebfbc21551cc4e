/* SPDX-License-Identifier: MIT */
/* The last bytes of a stream, in a ring of fixed size; every byte has a number from 0 on. */
#ifndef PARAPET_TOOLSTACK_CONSOLE_HISTORY_H
#define PARAPET_TOOLSTACK_CONSOLE_HISTORY_H

#include <stddef.h>
#include <stdint.h>

struct history {
    char *bytes;
    size_t size;    /* a power of two */
    uint64_t total; /* bytes that ever came; the last `size` of them are there */
};

/* 0, or -1 if memory is short. */
int history_init(struct history *history, size_t size);
void history_free(struct history *history);

void history_add(struct history *history, const char *bytes, size_t count);

/* The number of the oldest byte that is there. */
static inline uint64_t history_start(const struct history *history)
{
    return history->total > history->size ? history->total - history->size : 0;
}

/*
 * A run of bytes from number *@position on (or the oldest, if that is gone), at most @room of
 * them. Answers how many, and moves *@position behind them.
 */
size_t history_read(const struct history *history, uint64_t *position, char *to, size_t room);

#endif
