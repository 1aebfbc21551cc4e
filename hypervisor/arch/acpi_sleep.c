/* SPDX-License-Identifier: MIT */
/* Reads `_S5_` (ACPI specification, sections 7.4.2 and 20.2). */
#include "arch/acpi_sleep.h"

#include "lib/string.h"

#define AML_ZERO        0x00u
#define AML_ONE         0x01u
#define AML_NAME        0x08u
#define AML_BYTE_PREFIX 0x0au
#define AML_PACKAGE     0x12u

/* A place in the table that cannot leave it: reading behind the end gives 0 and sets failed. */
struct aml_cursor {
    const uint8_t *aml;
    size_t at;
    size_t end;
    bool failed;
};

static uint8_t next_byte(struct aml_cursor *cursor)
{
    if (cursor->at >= cursor->end) {
        cursor->failed = true;
        return 0;
    }
    return cursor->aml[cursor->at++];
}

/* PkgLength: the top two bits of its first byte say how many bytes follow. */
static void skip_package_length(struct aml_cursor *cursor)
{
    unsigned follow = next_byte(cursor) >> 6;

    while (follow-- > 0)
        (void)next_byte(cursor);
}

static uint8_t next_constant(struct aml_cursor *cursor)
{
    uint8_t opcode = next_byte(cursor);

    if (opcode == AML_ZERO || opcode == AML_ONE)
        return opcode;
    if (opcode != AML_BYTE_PREFIX)
        cursor->failed = true;
    return next_byte(cursor);
}

bool acpi_find_s5(const uint8_t *aml, size_t bytes, uint8_t *type_a, uint8_t *type_b)
{
    for (size_t i = 1; i + 4 < bytes; i++) {
        bool is_root_name = i >= 2 && aml[i - 1] == '\\' && aml[i - 2] == AML_NAME;
        struct aml_cursor cursor = { aml, i + 4, bytes, false };

        if (memcmp(aml + i, "_S5_", 4) || !(aml[i - 1] == AML_NAME || is_root_name))
            continue;
        if (next_byte(&cursor) != AML_PACKAGE)
            continue;
        skip_package_length(&cursor);
        if (next_byte(&cursor) < 1)
            continue;
        *type_a = next_constant(&cursor);
        *type_b = next_constant(&cursor);
        if (!cursor.failed)
            return true;
    }
    return false;
}
