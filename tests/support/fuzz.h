/* SPDX-License-Identifier: MIT */
/*
 * The frame of a fuzzer: it calls fuzz_case() again and again, each time with random numbers from
 * the next seed. A failed check or a sanitizer's report ends the program and names the seed, and
 * `fuzz_NAME --seed SEED --cases 1` repeats that one case.
 */
#ifndef PARAPET_TESTS_SUPPORT_FUZZ_H
#define PARAPET_TESTS_SUPPORT_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct random {
    uint64_t state;
};

/* Each fuzzer defines it. State that lives on from case to case would spoil a repetition. */
void fuzz_case(struct random *random);

/* Whether the fuzzer is to print what it does (--tell 1). */
extern bool fuzz_tells;

uint64_t random_u64(struct random *random);
/* A number below @limit, which is not 0. */
uint64_t random_below(struct random *random, uint64_t limit);
/* True once in @n times. */
bool random_one_in(struct random *random, uint64_t n);
/* Numbers that break things: small, near powers of two, near the ends, or any. */
uint64_t random_edge(struct random *random);
/* Changes some bytes in place: flipped bits, edge values, copies of other bytes. */
void random_mutate(struct random *random, uint8_t *bytes, size_t count);

#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
