/* SPDX-License-Identifier: MIT */
/*
 * Structs to and from JSON objects by a table of their fields, so that nothing is written that
 * cannot be read, and each value is checked when it is read.
 */
#ifndef PARAPET_TOOLSTACK_CONFIG_JSON_FIELDS_H
#define PARAPET_TOOLSTACK_CONFIG_JSON_FIELDS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

enum json_kind {
    JSON_FIELD_TEXT,   /* char[limit] */
    JSON_FIELD_STRING, /* char *, at most `limit` bytes; NULL is left out */
    JSON_FIELD_U32,    /* from minimum to limit */
    JSON_FIELD_U64,
    JSON_FIELD_BOOL,
    JSON_FIELD_WORD, /* an enum of 4 bytes, by its words */
    JSON_FIELD_UUID,
    JSON_FIELD_MAC,
    JSON_FIELD_CPUS,
    JSON_FIELD_LIST, /* structs on the heap: a pointer, and size_t count just behind it */
};

struct json_struct;

struct json_field {
    const char *name;
    enum json_kind kind;
    size_t offset;
    uint64_t minimum, limit;
    const char *const *words;       /* of JSON_FIELD_WORD */
    const struct json_struct *list; /* of JSON_FIELD_LIST: of one element; at most limit of them */
};

struct json_struct {
    size_t bytes;
    const struct json_field *fields;
    size_t field_count;
    void (*init)(void *object); /* defaults */
};

/* NULL when memory is short. */
json_t *json_from_struct(const struct json_struct *type, const void *object);

/*
 * json_to_struct - reads @json into @object, which holds its defaults. On failure the object is
 * as far as it came: the caller frees it.
 */
MUST_CHECK int json_to_struct(const struct json_struct *type, const json_t *json, const char *name,
                              void *object, struct error *error);

/* Frees strings and lists, at all depths. */
void json_free_struct(const struct json_struct *type, void *object);

#endif
