/* SPDX-License-Identifier: MIT */
/* The few string functions that the compiler or the kernel calls. */
#include "kernel/string.h"

void *memcpy(void *to, const void *from, size_t bytes)
{
    void *start = to;

    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
    return start;
}

void *memset(void *to, int value, size_t bytes)
{
    void *start = to;

    __asm__ volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(value) : "memory");
    return start;
}

void *memmove(void *to, const void *from, size_t bytes)
{
    uint8_t *target = to;
    const uint8_t *source = from;

    if (target <= source)
        return memcpy(to, from, bytes);
    while (bytes--)
        target[bytes] = source[bytes];
    return to;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
    const uint8_t *left = a, *right = b;

    for (size_t i = 0; i < bytes; i++) {
        if (left[i] != right[i])
            return left[i] - right[i];
    }
    return 0;
}

size_t strlen(const char *text)
{
    size_t length = 0;

    while (text[length])
        length++;
    return length;
}

int strncmp(const char *a, const char *b, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (a[i] != b[i] || !a[i])
            return (uint8_t)a[i] - (uint8_t)b[i];
    }
    return 0;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, ~0UL);
}

uint64_t parse_number(const char *text, const char **end)
{
    uint64_t value = 0;

    for (; *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (uint64_t)(*text - '0');
    if (end)
        *end = text;
    return value;
}

void copy_text(char *to, const char *from, size_t bytes)
{
    size_t used = 0;

    for (; *from && used + 1 < bytes; from++)
        to[used++] = *from;
    to[used] = 0;
}

/* What follows the name of an option, a space, '=' or the end; NULL: it is not there. */
static const char *option_find(const char *line, const char *name)
{
    size_t length = strlen(name);

    while (*line) {
        while (*line == ' ')
            line++;
        if (!strncmp(line, name, length) &&
            (!line[length] || line[length] == ' ' || line[length] == '='))
            return line + length;
        while (*line && *line != ' ')
            line++;
    }
    return NULL;
}

bool option_value(const char *line, const char *name, char *to, size_t bytes)
{
    const char *found = option_find(line, name);
    size_t used = 0;

    if (!found || *found != '=')
        return false;
    for (found++; *found && *found != ' '; found++) {
        if (used + 1 < bytes)
            to[used++] = *found;
    }
    to[used] = 0;
    return true;
}

bool option_is_set(const char *line, const char *name)
{
    return option_find(line, name);
}

uint64_t option_number(const char *line, const char *name, uint64_t otherwise)
{
    const char *found = option_find(line, name);

    return found && *found == '=' ? parse_number(found + 1, NULL) : otherwise;
}
