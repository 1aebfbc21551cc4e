/* SPDX-License-Identifier: MIT */
#include "console/history.h"

#include <stdlib.h>
#include <string.h>

int history_init(struct history *history, size_t size)
{
    *history = (struct history){ .bytes = malloc(size), .size = size };
    return history->bytes ? 0 : -1;
}

void history_free(struct history *history)
{
    free(history->bytes);
    history->bytes = NULL;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

void history_add(struct history *history, const char *bytes, size_t count)
{
    while (count) {
        size_t place = (size_t)history->total & (history->size - 1);
        size_t part = smaller(count, history->size - place);

        memcpy(history->bytes + place, bytes, part);
        history->total += part;
        bytes += part;
        count -= part;
    }
}

size_t history_read(const struct history *history, uint64_t *position, char *to, size_t room)
{
    size_t done = 0;

    if (*position < history_start(history))
        *position = history_start(history);
    while (done < room && *position < history->total) {
        size_t place = (size_t)*position & (history->size - 1);
        size_t part = smaller(room - done, history->size - place);

        part = smaller(part, (size_t)(history->total - *position));
        memcpy(to + done, history->bytes + place, part);
        done += part;
        *position += part;
    }
    return done;
}
