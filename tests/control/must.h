/* SPDX-License-Identifier: MIT */
/* What a program of the control domain's tests takes for granted, or ends. */
#ifndef PARAPET_TESTS_CONTROL_MUST_H
#define PARAPET_TESTS_CONTROL_MUST_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("check: FAILED %s:%d: %s (%s)\n", __FILE__, __LINE__, #condition,               \
                   strerror(errno));                                                               \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

#endif
