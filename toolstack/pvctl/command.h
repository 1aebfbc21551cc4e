/* SPDX-License-Identifier: MIT */
/* A command of pvctl: a row of commands.def and a function in a file cmd_*.c. */
#ifndef PARAPET_TOOLSTACK_PVCTL_COMMAND_H
#define PARAPET_TOOLSTACK_PVCTL_COMMAND_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"
#include "pvctl/settings.h"

/* pvctl was interrupted by the user; not a class of errors, but an exit code. */
#define EXIT_INTERRUPTED 130

#define COMMAND_WORDS_MAX 16

enum option_id {
#define OPTION(id, name, letter, value, text) OPTION_##id,
#include "pvctl/options.def"
#undef OPTION
    OPTION_COUNT,
};

/* Those that every command takes come first. */
#define OPTION_COMMON_COUNT (OPTION_no_color + 1)

struct option_row {
    const char *name;
    char letter;       /* or 0 */
    const char *value; /* what it is called in help; NULL: it takes none */
    const char *text;
};

extern const struct option_row option_rows[OPTION_COUNT];

struct invocation;
struct column;

struct command {
    const char *name;
    const char *aliases; /* with blanks between */
    const char *group;
    const char *arguments;
    const char *options; /* with blanks between */
    const char *summary;
    const char *example;
    /* 0, or -1 with @error filled in. */
    int (*run)(struct invocation *call, struct error *error);
};

extern const struct command command_rows[];
extern const size_t command_count;

/* One call of a command: what was asked, and the answer so far. */
struct invocation {
    const struct command *command;
    const char *words[COMMAND_WORDS_MAX];
    size_t word_count;
    const char *options[OPTION_COUNT]; /* the value, "" for an option without; NULL: not given */
    struct settings *settings;

    json_t *result;     /* what --json prints; owned */
    json_t *warnings;   /* an array of {message, ...}; owned */
    bool result_stands; /* show the result even though the command fails */
    /* How people get to see the result; NULL: not at all. */
    void (*show)(const struct invocation *call);
    const struct column *columns; /* for show_table, show_fields */
    const char *rows;             /* for show_table: the name of the array in the result */
};

/* The command called @name or with that alias, or NULL. */
const struct command *command_find(const char *name);
/* Is @word among @words, which has blanks between? */
bool word_is_among(const char *word, const char *words);
bool command_takes(const struct command *command, enum option_id id);
/* How many arguments the command takes; *most is SIZE_MAX for any number. */
void command_argument_counts(const struct command *command, size_t *least, size_t *most);

/* option_timeout - of --timeout, in ns; 0: not given, or none. */
MUST_CHECK int option_timeout(const struct invocation *call, json_int_t *timeout_ns,
                              struct error *error);

/* invocation_warn - for people a line on stderr, for programs one of "warnings". */
void invocation_warn(struct invocation *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define COMMAND(function, name, aliases, group, arguments, options, summary, example)              \
    int command_##function(struct invocation *call, struct error *error);
#include "pvctl/commands.def"
#undef COMMAND

#endif
