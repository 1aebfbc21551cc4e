/* SPDX-License-Identifier: MIT */
#ifndef PVGUEST_KERNEL_PRINT_H
#define PVGUEST_KERNEL_PRINT_H

#include "kernel/types.h"

/* print - formatted text to the console: %s %c %d %u %x %p, with l, width and 0. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* panic - say why, and end the machine as crashed. */
NORETURN void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            panic("%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition);                    \
    } while (0)

#endif
