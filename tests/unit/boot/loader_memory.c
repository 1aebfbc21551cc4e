/* SPDX-License-Identifier: MIT */
#include "unit/boot/loader_memory.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

uint8_t loader_memory[LOADER_BYTES];

const void *loader_read(uint64_t address, size_t bytes)
{
    static void *last_answer;

    free(last_answer);
    last_answer = NULL;
    if (address < LOADER_BASE || address - LOADER_BASE > LOADER_BYTES ||
        bytes > LOADER_BYTES - (address - LOADER_BASE))
        return NULL;
    last_answer = malloc(bytes);
    ck_assert_ptr_nonnull(last_answer);
    memcpy(last_answer, loader_memory + (address - LOADER_BASE), bytes);
    return last_answer;
}

void loader_clear(void)
{
    memset(loader_memory, 0, sizeof(loader_memory));
}

void loader_put(uint64_t address, uint64_t value, size_t bytes)
{
    memcpy(loader_memory + (address - LOADER_BASE), &value, bytes);
}

uint32_t loader_put_text(uint64_t address, const char *text)
{
    memcpy(loader_memory + (address - LOADER_BASE), text, strlen(text) + 1);
    return (uint32_t)address;
}
