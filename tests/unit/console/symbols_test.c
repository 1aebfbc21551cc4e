/* SPDX-License-Identifier: MIT */
/* The reader against the table that make_symbols.py made of fake_nm.sh's listing. */
#include "console/symbols.h"

#include <stdlib.h>
#include <string.h>

#include "support/unit.h"

extern const uint8_t symbol_table[];
extern const uint64_t symbol_table_size;

static void check(uint64_t address, const char *name, uint64_t offset)
{
    struct symbol symbol;

    ck_assert(symbol_lookup(address, &symbol));
    ck_assert_str_eq(symbol.name, name);
    ck_assert_uint_eq(symbol.offset, offset);
}

TEST(symbols, finds_the_function_that_contains_an_address)
{
    check(0xffff810000100000, "entry_start", 0);
    check(0xffff8100001000ff, "entry_start", 0xff);
    check(0xffff810000102000, "domain_create", 0);
    check(0xffff8100001021ff, "domain_create", 0x1ff);
    check(0xffff810000102200, "domain_create_late", 0);
    check(0xffff810000102210, "domain_destroy", 0);
    check(0xffff810000180fff, "frame_alloc", 0xfff);
}

TEST(symbols, finds_nothing_outside)
{
    struct symbol symbol;

    ck_assert(!symbol_lookup(0xffff8100000fffff, &symbol));
    ck_assert(!symbol_lookup(0xffff810000181000, &symbol));
    ck_assert(!symbol_lookup(0, &symbol));
    ck_assert(!symbol_lookup(UINT64_MAX, &symbol));
}

TEST(symbols, a_cut_table_is_never_read_beyond)
{
    for (size_t bytes = 0; bytes < symbol_table_size; bytes++) {
        /* The exact size on the heap, so that ASan sees one byte too many. */
        uint8_t *copy = malloc(bytes + (bytes == 0));
        struct symbol symbol;

        memcpy(copy, symbol_table, bytes);
        symbol_lookup_in(copy, bytes, 0xffff810000180800, &symbol);
        free(copy);
    }
}

TEST(symbols, a_damaged_table_is_never_read_beyond)
{
    for (size_t at = 0; at < symbol_table_size; at++) {
        for (unsigned value = 0; value < 256; value += 17) {
            uint8_t *copy = malloc(symbol_table_size);
            struct symbol symbol;

            memcpy(copy, symbol_table, symbol_table_size);
            copy[at] = (uint8_t)value;
            if (symbol_lookup_in(copy, symbol_table_size, 0xffff810000180800, &symbol))
                ck_assert_uint_le(strlen(symbol.name), SYMBOL_NAME_MAX);
            free(copy);
        }
    }
}
