/* SPDX-License-Identifier: MIT */
/*
 * Memory and string functions. Blocks are moved in words of 8 bytes, which any x86-64 does well
 * at any alignment, and byte by byte at the end.
 */
#include "lib/string.h"

#include <stdint.h>

#include "lib/compiler.h"

/* A word at any address, of whatever type the memory has. */
struct word {
    uint64_t value;
} PACKED __attribute__((may_alias));

#define WORD sizeof(struct word)

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
    unsigned char *out = to;
    const unsigned char *in = from;

    for (; bytes >= WORD; bytes -= WORD, out += WORD, in += WORD)
        *(struct word *)out = *(const struct word *)in;
    for (; bytes; bytes--)
        *out++ = *in++;
    return to;
}

static void copy_backward(unsigned char *out, const unsigned char *in, size_t bytes)
{
    for (; bytes >= WORD; bytes -= WORD) {
        out -= WORD;
        in -= WORD;
        *(struct word *)out = *(const struct word *)in;
    }
    for (; bytes; bytes--)
        *--out = *--in;
}

void *memmove(void *to, const void *from, size_t bytes)
{
    unsigned char *out = to;
    const unsigned char *in = from;

    /* A word is read before it is written, so copying towards lower addresses is safe upward. */
    if ((uintptr_t)out - (uintptr_t)in >= bytes)
        return memcpy(to, from, bytes);
    copy_backward(out + bytes, in + bytes, bytes);
    return to;
}

void *memset(void *to, int byte, size_t bytes)
{
    unsigned char *out = to;
    uint64_t pattern = (unsigned char)byte * 0x0101010101010101UL;

    for (; bytes >= 4 * WORD; bytes -= 4 * WORD, out += 4 * WORD) {
        struct word *words = (struct word *)out;

        words[0].value = pattern;
        words[1].value = pattern;
        words[2].value = pattern;
        words[3].value = pattern;
    }
    for (; bytes; bytes--)
        *out++ = (unsigned char)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
    const unsigned char *left = a, *right = b;

    for (; bytes; bytes--, left++, right++) {
        if (*left != *right)
            return *left - *right;
    }
    return 0;
}

void *memchr(const void *memory, int byte, size_t bytes)
{
    for (const unsigned char *at = memory; bytes; bytes--, at++) {
        if (*at == (unsigned char)byte)
            return (void *)(uintptr_t)at;
    }
    return NULL;
}

size_t strnlen(const char *text, size_t limit)
{
    size_t length = 0;

    while (length < limit && text[length])
        length++;
    return length;
}

size_t strlen(const char *text)
{
    return strnlen(text, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t limit)
{
    for (; limit; limit--, a++, b++) {
        if (*a != *b)
            return (unsigned char)*a - (unsigned char)*b;
        if (!*a)
            return 0;
    }
    return 0;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, SIZE_MAX);
}

char *strchr(const char *text, int character)
{
    for (;; text++) {
        if (*text == (char)character)
            return (char *)(uintptr_t)text;
        if (!*text)
            return NULL;
    }
}
