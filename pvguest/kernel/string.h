/* SPDX-License-Identifier: MIT */
#ifndef PVGUEST_KERNEL_STRING_H
#define PVGUEST_KERNEL_STRING_H

#include "kernel/types.h"

void *memcpy(void *to, const void *from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t bytes);

#endif
