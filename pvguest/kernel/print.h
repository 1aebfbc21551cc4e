/* SPDX-License-Identifier: MIT */
#ifndef PVGUEST_KERNEL_PRINT_H
#define PVGUEST_KERNEL_PRINT_H

#include "kernel/types.h"

/* print - formatted text to the console: %s %c %d %u %x %p, with l, width and 0. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* format_text - the same into @to, cut off where it does not fit. */
void format_text(char *to, size_t bytes, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* panic - say why, and end the machine as crashed. */
NORETURN void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            panic("%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition);                    \
    } while (0)

#endif
