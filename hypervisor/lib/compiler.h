/* SPDX-License-Identifier: MIT */
/* Names for what the compiler can be told; gcc and clang alike. */
#ifndef PARAPET_LIB_COMPILER_H
#define PARAPET_LIB_COMPILER_H

#include <stddef.h>

#define MUST_CHECK     __attribute__((warn_unused_result))
#define NORETURN       __attribute__((noreturn))
#define NOINLINE       __attribute__((noinline))
#define ALWAYS_INLINE  inline __attribute__((always_inline))
#define UNUSED         __attribute__((unused))
#define USED           __attribute__((used))
#define PACKED         __attribute__((packed))
#define ALIGNED(bytes) __attribute__((aligned(bytes)))
#define SECTION(name)  __attribute__((section(name)))
/* Argument number @text is a printf format whose values start at number @values. */
#define PRINTF_LIKE(text, values) __attribute__((format(printf, text, values)))

#define likely(condition)   __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A function whose indirect branches do not go through arch/thunks.S: it is called only where the CPU
 * needs no retpolines. clang has no such attribute. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__)
#define PLAIN_INDIRECT_BRANCHES __attribute__((indirect_branch("keep")))
#else
#define PLAIN_INDIRECT_BRANCHES
#endif

/* The structure that contains @pointer as its member @member. */
#define container_of(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* 1 in debug builds, 0 else; the build always defines PARAPET_DEBUG. */
#define DEBUG_BUILD PARAPET_DEBUG

#endif
