/* SPDX-License-Identifier: MIT */
/*
 * What was found in a domain document, element by element, in its order. Everything in the file is
 * accounted for: each element and each attribute has a finding.
 */
#ifndef PARAPET_TOOLSTACK_PVCTL_REPORT_H
#define PARAPET_TOOLSTACK_PVCTL_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

enum finding_kind {
    FINDING_USED,
    FINDING_TOLERATED,
    FINDING_NOTE, /* taken, but worth a word */
    FINDING_UNKNOWN_ATTRIBUTE,
    FINDING_REFUSED,
    FINDING_UNKNOWN, /* an element */
    FINDING_WRONG,   /* a value that cannot be, or something missing */
    FINDING_KIND_COUNT,
};

struct finding {
    enum finding_kind kind;
    uint32_t line;
    char path[160];
    char value[48]; /* the beginning of it */
    char text[256];
    char hint[192];
};

struct report {
    struct finding *findings;
    size_t count;
    bool is_incomplete; /* memory was short */
};

void report_free(struct report *report);

/* The new finding, with what is given filled in; NULL when memory is short. */
struct finding *report_add(struct report *report, enum finding_kind kind, uint32_t line,
                           const char *path);

/* A word for the kind: "used", "tolerated", "note", ... */
const char *finding_kind_word(enum finding_kind kind);

/*
 * report_error - the first finding that stops `create`, as an error; 0 if there is none. With
 * @strict also what is tolerated stops it.
 */
int report_error(const struct report *report, const char *file, bool strict, struct error *error);

/* Each is shown once however often it was found: warnings of the same text are one. */
json_t *report_warnings(const struct report *report, const char *file);

#endif
