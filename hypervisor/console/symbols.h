/* SPDX-License-Identifier: MIT */
/*
 * Names of the hypervisor's own functions, from the compressed table that
 * boot/make_symbols.py puts into the image (its head describes the format). The table is read
 * with bounds checked, since a backtrace is printed when little can be trusted.
 */
#ifndef PARAPET_CONSOLE_SYMBOLS_H
#define PARAPET_CONSOLE_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYMBOL_NAME_MAX 127u

struct symbol {
    char name[SYMBOL_NAME_MAX + 1];
    uint64_t offset; /* of the address within the function */
};

/* The function that contains @address; false if no function does. Needs no lock and no heap. */
bool symbol_lookup(uint64_t address, struct symbol *symbol);

/* The same in a given table; for tests. */
bool symbol_lookup_in(const uint8_t *table, size_t bytes, uint64_t address, struct symbol *symbol);

#endif
