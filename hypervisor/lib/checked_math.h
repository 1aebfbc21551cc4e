/* SPDX-License-Identifier: MIT */
/*
 * Arithmetic on numbers that a guest chose: says when the result does not fit. Each gives
 * false and leaves a wrapped result behind if it overflows; the caller must look.
 */
#ifndef PARAPET_LIB_CHECKED_MATH_H
#define PARAPET_LIB_CHECKED_MATH_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/compiler.h"

MUST_CHECK static inline bool checked_add(uint64_t a, uint64_t b, uint64_t *sum)
{
    return !__builtin_add_overflow(a, b, sum);
}

MUST_CHECK static inline bool checked_sub(uint64_t a, uint64_t b, uint64_t *difference)
{
    return !__builtin_sub_overflow(a, b, difference);
}

MUST_CHECK static inline bool checked_mul(uint64_t a, uint64_t b, uint64_t *product)
{
    return !__builtin_mul_overflow(a, b, product);
}

/* Whether [start, start + length) lies within [0, limit), without wrapping. */
MUST_CHECK static inline bool range_fits(uint64_t start, uint64_t length, uint64_t limit)
{
    return start <= limit && length <= limit - start;
}

/* a * b / divisor with a 128-bit product, saturated; @divisor is not zero. */
uint64_t mul_div(uint64_t a, uint64_t b, uint64_t divisor);

#endif
