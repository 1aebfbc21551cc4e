/* SPDX-License-Identifier: MIT */
#include "common/error_table.h"

const struct error_row error_rows[] = {
#define ERROR_ROW(id, class, title, text) { id, ERROR_##class, title, text },
#include "common/errors.def"
#undef ERROR_ROW
};
const size_t error_row_count = sizeof(error_rows) / sizeof(error_rows[0]);
