/* SPDX-License-Identifier: MIT */
#include "pvctl/command.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "config/values.h"

#define TIMEOUT_SECONDS_MAX 31536000u
#define NS_PER_SECOND       1000000000

const struct option_row option_rows[OPTION_COUNT] = {
#define OPTION(id, name, letter, value, text) [OPTION_##id] = { name, letter, value, text },
#include "pvctl/options.def"
#undef OPTION
};

const struct command command_rows[] = {
#define COMMAND(function, name, aliases, group, arguments, options, summary, example)              \
    { name, aliases, group, arguments, options, summary, example, command_##function },
#include "pvctl/commands.def"
#undef COMMAND
};
const size_t command_count = sizeof(command_rows) / sizeof(command_rows[0]);

bool word_is_among(const char *word, const char *words)
{
    size_t length = strlen(word);

    while (*words) {
        size_t next = strcspn(words, " ");

        if (next == length && !strncmp(word, words, length))
            return true;
        words += next;
        words += strspn(words, " ");
    }
    return false;
}

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < command_count; i++) {
        if (!strcmp(command_rows[i].name, name) || word_is_among(name, command_rows[i].aliases))
            return &command_rows[i];
    }
    return NULL;
}

bool command_takes(const struct command *command, enum option_id id)
{
    return (size_t)id < OPTION_COMMON_COUNT ||
           word_is_among(option_rows[id].name, command->options);
}

void command_argument_counts(const struct command *command, size_t *least, size_t *most)
{
    const char *at = command->arguments;

    *least = *most = 0;
    while (*at) {
        size_t length = strcspn(at, " ");

        *least += *at != '[';
        *most += *most != SIZE_MAX;
        if (length > 3 && !strncmp(at + length - 3, "...", 3))
            *most = SIZE_MAX;
        at += length;
        at += strspn(at, " ");
    }
}

void invocation_warn(struct invocation *call, const char *format, ...)
{
    char message[512];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    json_array_append_new(call->warnings, json_pack("{s:s}", "message", message));
}

int option_timeout(const struct invocation *call, json_int_t *timeout_ns, struct error *error)
{
    uint64_t seconds = 0;

    if (call->options[OPTION_timeout] &&
        !decimal_parse(call->options[OPTION_timeout], TIMEOUT_SECONDS_MAX, &seconds))
        return error_set(error, ERROR_USAGE, "PV-E0209", "'%.60s' is no number of seconds",
                         call->options[OPTION_timeout]);
    *timeout_ns = (json_int_t)seconds * NS_PER_SECOND;
    return 0;
}
