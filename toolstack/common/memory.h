/* SPDX-License-Identifier: MIT */
/*
 * Memory of the daemon. An allocation never fails: without memory the process says so and ends,
 * which it may do at any moment anyway (what it answered is in the journal). What guests can make
 * it allocate is bounded by their quotas.
 */
#ifndef PARAPET_TOOLSTACK_COMMON_MEMORY_H
#define PARAPET_TOOLSTACK_COMMON_MEMORY_H

#include <stddef.h>

/* Each returns memory that free() ends. */
void *memory_alloc(size_t bytes); /* zeroed */
void *memory_alloc_array(size_t count, size_t bytes);
void *memory_resize(void *memory, size_t bytes);
void *memory_copy(const void *from, size_t bytes);
char *memory_string(const char *text);
char *memory_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
