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

/* Value of `name=value` in a command line, copied to @to; false when it is not there. */
bool option_value(const char *line, const char *name, char *to, size_t bytes);
/* Whether `name` or `name=value` is there. */
bool option_is_set(const char *line, const char *name);
/* The number of `name=number`; @otherwise when it is not there. */
uint64_t option_number(const char *line, const char *name, uint64_t otherwise);

/* A decimal number at the start of @text; *@end, unless NULL, is what follows it. */
uint64_t parse_number(const char *text, const char **end);
/* Copies text with its end, as much as fits. */
void copy_text(char *to, const char *from, size_t bytes);

#endif
