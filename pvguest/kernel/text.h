/* SPDX-License-Identifier: MIT */
/* Words and numbers in text, and the options of a command line. */
#ifndef PVGUEST_KERNEL_TEXT_H
#define PVGUEST_KERNEL_TEXT_H

#include "kernel/types.h"

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
