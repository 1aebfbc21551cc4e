/* SPDX-License-Identifier: MIT */
/* Every error of the toolstack, by its id; the rows are in errors.def. */
#ifndef PARAPET_TOOLSTACK_COMMON_ERROR_TABLE_H
#define PARAPET_TOOLSTACK_COMMON_ERROR_TABLE_H

#include <stddef.h>

#include "common/error.h"

struct error_row {
    const char *id;
    enum error_class class;
    const char *title;
    const char *text;
};

extern const struct error_row error_rows[];
extern const size_t error_row_count;

#endif
