/* SPDX-License-Identifier: MIT */
/*
 * The C library's memory and string functions, with their C library meaning. The compiler itself
 * calls memcpy, memset, memmove and memcmp. Host tests take libc's.
 */
#ifndef PARAPET_LIB_STRING_H
#define PARAPET_LIB_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int byte, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
void *memchr(const void *memory, int byte, size_t bytes);
size_t strlen(const char *text);
size_t strnlen(const char *text, size_t limit);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t limit);
char *strchr(const char *text, int character);

#endif
