/* SPDX-License-Identifier: MIT */
/* pvctl: finds the command, runs it, and turns an error into a message and an exit code. */
#include <stdio.h>
#include <string.h>

#include "pvctl/command.h"

static const struct command commands[] = {
#define COMMAND(function, name, arguments, summary, example)                                       \
    { name, arguments, summary, example, command_##function },
#include "pvctl/commands.def"
#undef COMMAND
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_usage(FILE *to)
{
    fputs("usage: pvctl COMMAND [ARGUMENTS]\n\n", to);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(to, "  %-16s %-14s %s\n", commands[i].name, commands[i].arguments,
                commands[i].summary);
    fputs("\n'pvctl COMMAND --help' shows an example.\n", to);
}

static void print_help(const struct command *command)
{
    printf("usage: pvctl %s %s\n\n%s\n\nExample:\n  %s\n", command->name, command->arguments,
           command->summary, command->example);
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (!strcmp(commands[i].name, name))
            return &commands[i];
    }
    return NULL;
}

int main(int argc, char **argv)
{
    const struct command *command;
    struct error error = { .class = ERROR_FAILED };

    if (argc < 2) {
        print_usage(stderr);
        return ERROR_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
        print_usage(stdout);
        return 0;
    }
    command = find_command(argv[1]);
    if (!command) {
        fprintf(stderr, "pvctl: there is no command '%s'; 'pvctl help' lists them\n", argv[1]);
        return ERROR_USAGE;
    }
    if (argc > 2 && !strcmp(argv[2], "--help")) {
        print_help(command);
        return 0;
    }
    if (!command->run(argc - 1, argv + 1, &error))
        return 0;
    fprintf(stderr, "pvctl: %s\n", error.message);
    if (error.hint[0])
        fprintf(stderr, "pvctl: %s\n", error.hint);
    return (int)error.class;
}
