/* SPDX-License-Identifier: MIT */
/* create and start: from a file or a definition to a running domain. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "pvctl/client.h"
#include "pvctl/console.h"
#include "pvctl/definitions.h"
#include "pvctl/host_check.h"
#include "pvctl/output.h"
#include "pvctl/target_paths.h"

static void show_created(const struct invocation *call)
{
    const char *name = json_string_value(json_object_get(call->result, "name"));
    json_int_t domid = json_integer_value(json_object_get(call->result, "domid"));

    if (call->options[OPTION_dry_run])
        printf("domain %s could be created\n", name ? name : "");
    else if (!call->settings->quiet)
        printf("domain %s created, id %lld\n", name ? name : "", (long long)domid);
}

static int append_to_cmdline(struct domain_config *config, const char *more, struct error *error)
{
    char *joined;

    if (!more)
        return 0;
    if (asprintf(&joined, "%s%s%s", config->cmdline ? config->cmdline : "",
                 config->cmdline ? " " : "", more) < 0)
        return error_set(error, ERROR_RESOURCES, "PV-E0723", "no memory for a command line");
    free(config->cmdline);
    config->cmdline = joined;
    if (strlen(joined) >= CMDLINE_BYTES_MAX)
        return error_set(error, ERROR_INPUT, "PV-E0372",
                         "the command line has %zu bytes, at most %u are possible", strlen(joined),
                         CMDLINE_BYTES_MAX - 1);
    return domain_config_check(config, error);
}

static int dry_run(struct invocation *call, const struct domain_config *config, struct error *error)
{
    json_t *answer = NULL;
    int result =
        client_ask(call->settings, REQUEST_ID_check,
                   json_pack("{s:o}", "config", domain_config_to_json(config)), &answer, error);

    if (!result && json_array_size(json_object_get(answer, "problems")))
        result = answered_error(json_array_get(json_object_get(answer, "problems"), 0), error);
    json_decref(answer);
    call->result =
        json_pack("{s:s, s:o}", "name", config->name, "config", domain_config_to_json(config));
    return result;
}

static int ask(struct invocation *call, const struct domain_config *config, struct error *error)
{
    if (call->options[OPTION_dry_run])
        return dry_run(call, config, error);
    return client_ask(call->settings, REQUEST_ID_create,
                      json_pack("{s:o, s:b}", "config", domain_config_to_json(config), "paused",
                                call->options[OPTION_paused] != NULL),
                      &call->result, error);
}

/* What needs the configuration; the caller frees it. */
static int create(struct invocation *call, struct domain_config *config, struct error *error)
{
    struct target target;

    call->show = show_created;
    if (append_to_cmdline(config, call->options[OPTION_append], error) ||
        target_parse(call->settings, &target, error) ||
        (!target.is_remote &&
         host_check_first(call->settings, config, call->options[OPTION_dry_run] != NULL, error)) ||
        target_paths(&target, config, error))
        return -1;
    return ask(call, config, error) ? target_paths_explain(&target, config, error) : 0;
}

static int create_and_look(struct invocation *call, struct domain_config *config,
                           struct error *error)
{
    char name[DOMAIN_NAME_BYTES];

    TEXT_SET(name, config->name);
    if (create(call, config, error))
        return -1;
    if (!call->options[OPTION_console] || call->options[OPTION_dry_run])
        return 0;
    return console_run(call, name, CONSOLE_FROM_START | CONSOLE_WRITE, error);
}

int command_create(struct invocation *call, struct error *error)
{
    struct domain_config config;
    int result;

    if (domain_file_read(call, call->words[0], &config, error))
        return -1;
    result = create_and_look(call, &config, error);
    domain_config_free(&config);
    return result;
}

int command_start(struct invocation *call, struct error *error)
{
    struct domain_config config;
    int result;

    if (definition_read(call->settings, call->words[0], &config, error))
        return -1;
    result = create_and_look(call, &config, error);
    domain_config_free(&config);
    return result;
}
