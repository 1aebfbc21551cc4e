/* SPDX-License-Identifier: MIT */
/* Reads the table that boot/make_symbols.py describes; every byte is checked to be in it. */
#include "console/symbols.h"

#include "lib/string.h"

#define HEADER_BYTES 24u

extern const uint8_t symbol_table[];
extern const uint64_t symbol_table_size;

struct header {
    uint64_t base;
    uint64_t limit;
    uint32_t count;
    uint32_t name_max;
};

struct cursor {
    const uint8_t *at;
    const uint8_t *end;
    uint64_t address;
    char name[SYMBOL_NAME_MAX + 1];
};

static bool read_byte(struct cursor *cursor, uint8_t *byte)
{
    if (cursor->at == cursor->end)
        return false;
    *byte = *cursor->at++;
    return true;
}

static bool read_uleb128(struct cursor *cursor, uint64_t *number)
{
    uint8_t byte;

    *number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (!read_byte(cursor, &byte))
            return false;
        *number |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

/* Moves on to the next entry: its address, and its name over the one before. */
static bool read_entry(struct cursor *cursor)
{
    uint64_t delta;
    uint8_t shared, length;

    if (!read_uleb128(cursor, &delta) || !read_byte(cursor, &shared) || !read_byte(cursor, &length))
        return false;
    if (shared + length > SYMBOL_NAME_MAX || length > cursor->end - cursor->at)
        return false;
    cursor->address += delta;
    memcpy(cursor->name + shared, cursor->at, length);
    cursor->name[shared + length] = '\0';
    cursor->at += length;
    return true;
}

bool symbol_lookup_in(const uint8_t *table, size_t bytes, uint64_t address, struct symbol *symbol)
{
    struct header header;
    bool is_found = false;

    if (bytes < HEADER_BYTES)
        return false;
    memcpy(&header, table, HEADER_BYTES);
    if (address < header.base || address >= header.limit)
        return false;

    struct cursor cursor = { .at = table + HEADER_BYTES,
                             .end = table + bytes,
                             .address = header.base };
    for (uint32_t i = 0; i < header.count; i++) {
        if (!read_entry(&cursor) || cursor.address > address)
            break;
        memcpy(symbol->name, cursor.name, sizeof(symbol->name));
        symbol->offset = address - cursor.address;
        is_found = true;
    }
    return is_found;
}

bool symbol_lookup(uint64_t address, struct symbol *symbol)
{
    return symbol_lookup_in(symbol_table, symbol_table_size, address, symbol);
}
