/* SPDX-License-Identifier: MIT */
/*
 * Command-line options, named as Xen's where Xen has the option.
 *
 * A command line is words separated by blanks, each `name=value`, or `name` alone for a boolean.
 * A boolean also takes `name=on|off|yes|no|true|false|enable|disable|1|0` and `no-name`. Sizes
 * take K, M, G, T (or B, meaning bytes); without a suffix they are KiB. Where a value is a
 * list, commas separate its parts. The rows of all options are in boot/command_line.c.
 */
#ifndef PARAPET_LIB_OPTIONS_H
#define PARAPET_LIB_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/compiler.h"

enum option_type {
    OPTION_BOOL,        /* bool */
    OPTION_UINT,        /* uint32_t, decimal or 0x */
    OPTION_SIZE,        /* uint64_t, bytes */
    OPTION_SIZE_LIMITS, /* struct size_limits */
    OPTION_CUSTOM,      /* option_parser */
};

/* Parses @value (not NULL; "" if there was none); 0 or -EINVAL. */
typedef int option_parser(const char *value);

struct option {
    const char *name;
    enum option_type type;
    void *target;          /* of the type above; NULL with OPTION_CUSTOM */
    option_parser *parser; /* OPTION_CUSTOM only */
    const char *help;      /* one line: values and default */
};

/* dom0_mem=512M,min:128M,max:1G: a negative size means "all but this". */
struct size_limits {
    int64_t bytes; /* 0: not given */
    int64_t min_bytes;
    int64_t max_bytes;
};

#define OPTION_WORD_MAX 256u

/*
 * Applies each word of @line. The first one that is unknown or wrong ends it: -EINVAL, and one
 * line in @error that names the word and what would be right. Earlier words are applied.
 */
MUST_CHECK int options_parse(const char *line, const struct option *options, size_t count,
                             char *error, size_t error_bytes);

/*
 * For custom parsers. Each reads at *@text, moves it behind what it took, and gives false if
 * nothing there is such a thing, or it does not fit.
 */
MUST_CHECK bool parse_number(const char **text, unsigned base, uint64_t *number);
MUST_CHECK bool parse_size(const char **text, uint64_t *bytes);
MUST_CHECK bool parse_bool(const char *text, bool *value);
/* Takes @word if the text goes on with it. */
MUST_CHECK bool parse_word(const char **text, const char *word);

#endif
