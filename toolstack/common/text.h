/* SPDX-License-Identifier: MIT */
#ifndef PARAPET_COMMON_TEXT_H
#define PARAPET_COMMON_TEXT_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Copies a text whose length has been checked: one that does not fit into the @size bytes of @to is a
 * mistake of the caller, and ends the program before it overwrites anything.
 */
static inline void text_copy(char *to, size_t size, const char *from)
{
    size_t bytes = strlen(from) + 1;

    if (bytes > size) {
        fprintf(stderr, "a text of %zu bytes where %zu have room\n", bytes, size);
        abort();
    }
    memcpy(to, from, bytes);
}

/* The same for an array. */
#define TEXT_SET(array, from) text_copy(array, sizeof(array), from)

#endif
