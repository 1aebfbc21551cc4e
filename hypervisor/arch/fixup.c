/* SPDX-License-Identifier: MIT */
/* Looks up the table that FIXUP and FIXUP_ASM fill; parapet.ld gives its bounds. */
#include "arch/fixup.h"

#include <stddef.h>

struct fixup {
    int32_t from; /* both relative to the address of the field itself */
    int32_t to;
};

extern const struct fixup fixup_table_start[], fixup_table_end[];

static uint64_t resolve(const int32_t *field)
{
    return (uint64_t)field + (uint64_t)(int64_t)*field;
}

uint64_t fixup_find(uint64_t rip)
{
    for (const struct fixup *row = fixup_table_start; row < fixup_table_end; row++) {
        if (resolve(&row->from) == rip)
            return resolve(&row->to);
    }
    return 0;
}
