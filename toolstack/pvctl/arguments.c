/* SPDX-License-Identifier: MIT */
#include "pvctl/arguments.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "pvctl/nearest.h"

struct parsing {
    char **argv;
    int argc, at;
    struct invocation *call;
    struct error *error;
};

static int usage_hint(struct parsing *parsing)
{
    const struct command *command = parsing->call->command;

    if (!command)
        return error_hint(parsing->error, "pvctl help lists the commands");
    return error_hint(parsing->error, "usage: pvctl %s %s%s", command->name, command->arguments,
                      *command->options ? " [options]; see --help" : "");
}

/* Is the option one that may stand here? Before the command only common ones may. */
static bool is_taken(const struct parsing *parsing, enum option_id id)
{
    return parsing->call->command ? command_takes(parsing->call->command, id)
                                  : (size_t)id < OPTION_COMMON_COUNT;
}

static enum option_id find_long(const struct parsing *parsing, const char *name, size_t length)
{
    for (unsigned int id = 0; id < OPTION_COUNT; id++) {
        if (strlen(option_rows[id].name) == length &&
            !strncmp(option_rows[id].name, name, length) && is_taken(parsing, (enum option_id)id))
            return (enum option_id)id;
    }
    return OPTION_COUNT;
}

/* Behind the command, -c and others are those of the command. */
static enum option_id find_letter(const struct parsing *parsing, char letter)
{
    enum option_id common = OPTION_COUNT;

    for (unsigned int id = 0; id < OPTION_COUNT; id++) {
        if (option_rows[id].letter != letter || !is_taken(parsing, (enum option_id)id))
            continue;
        if (id >= OPTION_COMMON_COUNT)
            return (enum option_id)id;
        common = (enum option_id)id;
    }
    return common == OPTION_connect && parsing->call->command ? OPTION_COUNT : common;
}

static int unknown_option(struct parsing *parsing, const char *word)
{
    const char *name = word + strspn(word, "-");
    const char *nearest = NULL;
    unsigned int best = NEAREST_DISTANCE_MAX + 1;

    error_set(parsing->error, ERROR_USAGE, "PV-E0203", "%s is no option of %s", word,
              parsing->call->command ? parsing->call->command->name : "pvctl");
    usage_hint(parsing);
    for (unsigned int id = 0; id < OPTION_COUNT && strlen(name) > 1; id++) {
        unsigned int distance =
            nearest_distance(name, option_rows[id].name, strlen(option_rows[id].name));

        if (is_taken(parsing, (enum option_id)id) && distance < best) {
            best = distance;
            nearest = option_rows[id].name;
        }
    }
    return nearest ? error_hint(parsing->error, "did you mean --%s?", nearest) : -1;
}

/* The value of an option that wants one: behind it, or the next word. */
static int take_value(struct parsing *parsing, enum option_id id, const char *attached)
{
    const struct option_row *row = &option_rows[id];

    if (!row->value && attached) {
        error_set(parsing->error, ERROR_USAGE, "PV-E0204", "--%s takes no value", row->name);
        return usage_hint(parsing);
    }
    if (row->value && !attached) {
        if (parsing->at >= parsing->argc) {
            error_set(parsing->error, ERROR_USAGE, "PV-E0204", "--%s needs a value: %s", row->name,
                      row->value);
            return usage_hint(parsing);
        }
        attached = parsing->argv[parsing->at++];
    }
    parsing->call->options[id] = attached ? attached : "";
    return 0;
}

static int parse_long(struct parsing *parsing, const char *word)
{
    const char *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) - 2 : strlen(word + 2);
    enum option_id id = find_long(parsing, word + 2, length);

    if (id == OPTION_COUNT)
        return unknown_option(parsing, word);
    return take_value(parsing, id, equals ? equals + 1 : NULL);
}

/* -af, -t5 */
static int parse_letters(struct parsing *parsing, const char *word)
{
    for (const char *letter = word + 1; *letter; letter++) {
        enum option_id id = find_letter(parsing, *letter);
        bool has_rest = id != OPTION_COUNT && option_rows[id].value && letter[1];

        if (id == OPTION_COUNT)
            return unknown_option(parsing, word);
        if (take_value(parsing, id, has_rest ? letter + 1 : NULL))
            return -1;
        if (has_rest)
            break;
    }
    return 0;
}

static int unknown_command(struct parsing *parsing, const char *word)
{
    unsigned int best = NEAREST_DISTANCE_MAX + 1;
    const char *nearest = NULL;

    for (size_t i = 0; i < command_count; i++) {
        unsigned int distance =
            nearest_distance(word, command_rows[i].name, strlen(command_rows[i].name));

        if (distance < best) {
            best = distance;
            nearest = command_rows[i].name;
        }
    }
    error_set(parsing->error, ERROR_USAGE, "PV-E0205", "there is no command '%.60s'", word);
    return nearest ? error_hint(parsing->error, "did you mean: pvctl %s?", nearest)
                   : usage_hint(parsing);
}

static int parse_word(struct parsing *parsing, const char *word)
{
    struct invocation *call = parsing->call;

    if (!call->command) {
        call->command = command_find(word);
        return call->command ? 0 : unknown_command(parsing, word);
    }
    if (call->word_count == COMMAND_WORDS_MAX) {
        error_set(parsing->error, ERROR_USAGE, "PV-E0206", "there are too many arguments");
        return usage_hint(parsing);
    }
    call->words[call->word_count++] = word;
    return 0;
}

static int check_counts(struct parsing *parsing)
{
    const struct invocation *call = parsing->call;
    size_t least, most;

    if (!call->command || call->options[OPTION_help])
        return 0;
    command_argument_counts(call->command, &least, &most);
    if (call->word_count >= least && call->word_count <= most)
        return 0;
    error_set(parsing->error, ERROR_USAGE, "PV-E0206", "%s %s", call->command->name,
              call->word_count < least ? "needs more arguments"
                                       : "does not take so many arguments");
    return usage_hint(parsing);
}

/* What options a command will have that is not there yet does not matter. */
static bool is_planned(const struct invocation *call, const char *word)
{
    return call->command && !strcmp(call->command->group, "next") && strcmp(word, "--help") != 0 &&
           strcmp(word, "--json") != 0;
}

int arguments_parse(int argc, char **argv, struct invocation *call, struct error *error)
{
    struct parsing parsing = { argv, argc, 0, call, error };
    bool has_ended = false;

    while (parsing.at < argc) {
        const char *word = argv[parsing.at++];
        int result;

        if (!has_ended && !strcmp(word, "--")) {
            has_ended = true;
            continue;
        }
        if (has_ended || word[0] != '-' || !word[1] || is_planned(call, word))
            result = parse_word(&parsing, word);
        else if (word[1] == '-')
            result = parse_long(&parsing, word);
        else
            result = parse_letters(&parsing, word);
        if (result)
            return -1;
    }
    return check_counts(&parsing);
}
