/* SPDX-License-Identifier: MIT */
/* Goes through the table that PATCH_JUMP and PATCH_CALL fill; parapet.ld gives its bounds. */
#include "arch/code_patch.h"

#include "lib/assert.h"
#include "lib/string.h"

#define NOP 0x90

extern const struct code_patch patch_table_start[], patch_table_end[];

static uint64_t resolve(const int32_t *field)
{
    return (uint64_t)field + (uint64_t)(int64_t)*field;
}

static void patch(const struct code_patch *row)
{
    uint64_t site = resolve(&row->site);
    int32_t displacement = (int32_t)(int64_t)(resolve(&row->target) - (site + PATCH_MIN_LENGTH));
    uint8_t *code = (uint8_t *)site;

    MUST(row->length >= PATCH_MIN_LENGTH);
    memset(code, NOP, row->length);
    code[0] = row->opcode;
    memcpy(code + 1, &displacement, sizeof(displacement));
}

uint32_t code_patch_apply(uint32_t measures)
{
    uint32_t count = 0;

    for (const struct code_patch *row = patch_table_start; row < patch_table_end; row++) {
        if (!(row->measures & measures))
            continue;
        patch(row);
        count++;
    }
    return count;
}
