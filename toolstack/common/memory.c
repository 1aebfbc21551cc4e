/* SPDX-License-Identifier: MIT */
#include "common/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

static void *checked(void *memory)
{
    if (!memory) {
        log_error("out of memory");
        abort();
    }
    return memory;
}

void *memory_alloc(size_t bytes)
{
    return checked(calloc(1, bytes ? bytes : 1));
}

void *memory_alloc_array(size_t count, size_t bytes)
{
    return checked(calloc(count ? count : 1, bytes ? bytes : 1));
}

void *memory_resize(void *memory, size_t bytes)
{
    return checked(realloc(memory, bytes ? bytes : 1));
}

void *memory_copy(const void *from, size_t bytes)
{
    void *copy = checked(malloc(bytes ? bytes : 1));

    if (bytes)
        memcpy(copy, from, bytes);
    return copy;
}

char *memory_string(const char *text)
{
    return memory_copy(text, strlen(text) + 1);
}

char *memory_format(const char *format, ...)
{
    va_list args;
    char *text;
    int result;

    va_start(args, format);
    result = vasprintf(&text, format, args);
    va_end(args);
    return checked(result < 0 ? NULL : text);
}
