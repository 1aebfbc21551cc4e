/* SPDX-License-Identifier: MIT */
/* Memory as a boot loader leaves it, for tests of those who read it. */
#ifndef PARAPET_TESTS_UNIT_BOOT_LOADER_MEMORY_H
#define PARAPET_TESTS_UNIT_BOOT_LOADER_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#define LOADER_BASE  0x10000u
#define LOADER_BYTES 0x4000u

extern uint8_t loader_memory[LOADER_BYTES];

/* A boot_reader: a block of exactly the bytes asked for, so that a byte more is found out. */
const void *loader_read(uint64_t address, size_t bytes);

void loader_clear(void);
void loader_put(uint64_t address, uint64_t value, size_t bytes);
/* Gives the address back. */
uint32_t loader_put_text(uint64_t address, const char *text);

#endif
