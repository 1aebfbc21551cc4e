/* SPDX-License-Identifier: MIT */
/* How results and errors get to people and to programs. */
#ifndef PARAPET_TOOLSTACK_PVCTL_OUTPUT_H
#define PARAPET_TOOLSTACK_PVCTL_OUTPUT_H

#include <stdio.h>

#include "pvctl/command.h"

enum column_kind {
    COLUMN_TEXT,    /* left */
    COLUMN_NUMBER,  /* right, as it is */
    COLUMN_MIB,     /* bytes as MiB */
    COLUMN_SECONDS, /* ns as seconds with one digit behind the point */
    COLUMN_RATE,    /* a number without what is behind the point */
    COLUMN_KIB,     /* bytes as KiB */
    COLUMN_YES_NO,
    COLUMN_LIST, /* an array of texts */
};

/* A column of a table, or a field in a list of fields; title NULL ends them. */
struct column {
    const char *title; /* with the unit */
    const char *key;   /* in the JSON of a row; a.b in the object a there */
    enum column_kind kind;
};

/* table_print - @columns of @rows, a header before them. */
void table_print(FILE *file, const json_t *rows, const struct column *columns);

/* For invocation.show. */
void show_table(const struct invocation *call);  /* call->columns of the rows call->rows */
void show_fields(const struct invocation *call); /* call->columns of the result itself */
void show_text(const struct invocation *call);   /* "text" of the result */
void show_lines(const struct invocation *call);  /* the texts of the array call->rows */

/* output_result - what the call has come to: JSON, or by its show. Warnings too. */
void output_result(struct invocation *call);

/* output_error - to stderr, or as JSON to stdout; @call may be NULL. */
void output_error(const struct invocation *call, const struct settings *settings,
                  const struct error *error);

/* One value as people read it. */
void value_format(const json_t *value, enum column_kind kind, char *text, size_t bytes);

#endif
