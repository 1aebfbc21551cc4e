/* SPDX-License-Identifier: MIT */
/* pvctl: finds the command, runs it, and turns an error into a message and an exit code. */
#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "pvctl/arguments.h"
#include "pvctl/client.h"
#include "pvctl/complete.h"
#include "pvctl/help.h"
#include "pvctl/interrupt.h"
#include "pvctl/output.h"
#include "pvctl/places.h"

static void apply_options(const struct invocation *call, struct settings *settings)
{
    if (call->options[OPTION_connect])
        snprintf(settings->uri, sizeof(settings->uri), "%s", call->options[OPTION_connect]);
    settings->json = call->options[OPTION_json] != NULL;
    settings->quiet = call->options[OPTION_quiet] != NULL;
    settings->verbose = call->options[OPTION_verbose] != NULL;
    settings->color = settings->color && !call->options[OPTION_no_color];
}

/* The definitions of a testbed's domains are in a folder that both sides see. */
static void choose_definitions(struct settings *settings)
{
    struct target target;
    struct error ignored;

    if (!strcmp(settings->definitions, DEFINITIONS_PATH) &&
        !target_parse(settings, &target, &ignored) && target.is_testbed &&
        strlen(target.testbed.definitions) < SETTING_BYTES)
        TEXT_SET(settings->definitions, target.testbed.definitions);
}

static int fail(const struct invocation *call, const struct settings *settings, struct error *error)
{
    if (interrupt_has_come())
        return EXIT_INTERRUPTED;
    places_find(error);
    output_error(call, settings, error);
    return (int)error->class;
}

static int run(struct invocation *call)
{
    struct error error = { .class = ERROR_FAILED };

    if (!call->command->run(call, &error)) {
        output_result(call);
        return 0;
    }
    if (!call->result_stands)
        return fail(call, call->settings, &error);
    output_result(call);
    return call->settings->json ? (int)error.class : fail(NULL, call->settings, &error);
}

/* What the program does besides commands; -1 if it is none of it. */
static int special(int argc, char **argv, struct settings *settings)
{
    struct error error = { .class = ERROR_FAILED };
    int result;

    if (argc >= 2 && !strcmp(argv[1], "--complete")) {
        choose_definitions(settings);
        complete_print(settings, argc - 2, argv + 2);
        return 0;
    }
    if (argc == 2 && !strcmp(argv[1], "--stdio"))
        result = client_relay(settings, &error);
    else if (argc == 3 && !strcmp(argv[1], "--document"))
        result = help_print_document(argv[2], &error);
    else
        return -1;
    return result ? fail(NULL, settings, &error) : 0;
}

static int help(int argc, char **argv)
{
    const struct command *command = argc > 2 ? command_find(argv[2]) : NULL;

    if (command)
        help_print_command(command);
    else
        help_print_usage(stdout);
    return 0;
}

static int start(int argc, char **argv, struct settings *settings)
{
    struct invocation call = { .settings = settings };
    struct error error = { .class = ERROR_FAILED };
    int result;

    if (arguments_parse(argc - 1, argv + 1, &call, &error)) {
        apply_options(&call, settings);
        return fail(NULL, settings, &error);
    }
    apply_options(&call, settings);
    if (call.options[OPTION_help] || !call.command) {
        bool is_asked = call.options[OPTION_help] != NULL;

        if (call.command)
            help_print_command(call.command);
        else
            help_print_usage(is_asked ? stdout : stderr);
        return is_asked ? 0 : ERROR_USAGE;
    }
    choose_definitions(settings);
    call.warnings = json_array();
    result = run(&call);
    json_decref(call.result);
    json_decref(call.warnings);
    return result;
}

int main(int argc, char **argv)
{
    struct settings settings;
    struct error error = { .class = ERROR_FAILED };
    int result;

    if (settings_load(&settings, &error))
        return fail(NULL, &settings, &error);
    if (argc > 1 && !strcmp(argv[1], "help"))
        return help(argc, argv);
    if (argc == 2 && !strcmp(argv[1], "--version"))
        argv[1] += 2;
    result = special(argc, argv, &settings);
    return result >= 0 ? result : start(argc, argv, &settings);
}
