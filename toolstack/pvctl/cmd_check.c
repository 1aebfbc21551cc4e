/* SPDX-License-Identifier: MIT */
/* check: accounts for every element of a file, resolves defaults, and looks at what is needed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pvctl/client.h"
#include "pvctl/definitions.h"
#include "pvctl/domain_reader.h"
#include "pvctl/host_check.h"
#include "pvctl/output.h"
#include "pvctl/places.h"
#include "pvctl/target_paths.h"

struct check {
    struct invocation *call;
    const char *file;
    struct report report;
    struct domain_config config;
    bool has_config;
    struct error first; /* what decides the exit code; class ERROR_NONE: nothing */
    json_t *problems;
};

static json_t *error_json(const struct error *error)
{
    return json_pack("{s:s, s:i, s:i, s:s, s:s, s:s}", "id", error->id, "code", (int)error->class,
                     "line", (int)error->line, "path", error->path, "message", error->message,
                     "hint", error->hint);
}

static json_t *finding_json(const struct finding *finding)
{
    return json_pack("{s:i, s:s, s:s, s:s, s:s, s:s}", "line", (int)finding->line, "path",
                     finding->path, "value", finding->value, "class",
                     finding_kind_word(finding->kind), "text", finding->text, "hint",
                     finding->hint);
}

static json_t *findings_json(const struct report *report)
{
    json_t *findings = json_array();

    for (size_t i = 0; i < report->count; i++)
        json_array_append_new(findings, finding_json(&report->findings[i]));
    return findings;
}

static void add_problem(void *context, const struct error *problem)
{
    struct check *check = context;
    struct error error = *problem;

    places_find(&error);
    if (check->first.class == ERROR_NONE)
        check->first = error;
    json_array_append_new(check->problems, error_json(&error));
}

static void check_schema(struct check *check, const struct buffer *file)
{
    const char *schema = check->call->options[OPTION_schema];
    char problem[256];
    struct error error;
    uint32_t line;

    if (!schema)
        return;
    if (xml_schema_check(file, schema, problem, &line, &error)) {
        add_problem(check, &error);
    } else if (*problem && check->call->options[OPTION_strict]) {
        error_set(&error, ERROR_INPUT, "PV-E0309", "the schema has it otherwise: %s", problem);
        error_place(&error, check->file, line, "");
        add_problem(check, &error);
    } else if (*problem) {
        invocation_warn(check->call, "%s:%u: the schema has it otherwise: %s", check->file, line,
                        problem);
    }
}

/* What pvd knows: memory, names and uuids taken. Without pvd, that is said and no more. */
static void check_by_daemon(struct check *check)
{
    json_t *answer, *problem;
    struct error error;
    size_t i;

    if (client_ask(check->call->settings, REQUEST_ID_check,
                   json_pack("{s:o}", "config", domain_config_to_json(&check->config)), &answer,
                   &error)) {
        if (error.class == ERROR_CONNECTION || error.class == ERROR_PERMISSION)
            invocation_warn(check->call,
                            "memory, names and CPUs of the host were not looked at: %s",
                            error.message);
        else
            add_problem(check, &error);
        return;
    }
    json_array_foreach(json_object_get(answer, "problems"), i, problem)
    {
        answered_error(problem, &error);
        add_problem(check, &error);
    }
    json_decref(answer);
}

static const char *text_in(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

/* What is used needs no explanation; `pvctl explain PATH` has it. */
static void show_finding(const json_t *finding, bool explains)
{
    const char *value = text_in(finding, "value"), *class = text_in(finding, "class");

    printf("%5lld  %-9s  %s%s%s%s", (long long)json_integer_value(json_object_get(finding, "line")),
           class, text_in(finding, "path"), *value ? "='" : "", value, *value ? "'" : "");
    if (explains || strcmp(class, finding_kind_word(FINDING_USED)) != 0)
        printf(": %s", text_in(finding, "text"));
    putchar('\n');
    if (*text_in(finding, "hint"))
        printf("%18s-> %s\n", "", text_in(finding, "hint"));
}

static void show_problem(const json_t *problem)
{
    json_int_t line = json_integer_value(json_object_get(problem, "line"));
    char place[24] = "";

    if (line)
        snprintf(place, sizeof(place), "%lld", (long long)line);
    printf("%5s  %-9s  %s\n", place, "problem", text_in(problem, "message"));
}

static void show_check(const struct invocation *call)
{
    json_t *element;
    size_t i;

    json_array_foreach(json_object_get(call->result, "elements"), i, element)
    {
        show_finding(element, call->settings->verbose);
    }
    json_array_foreach(json_object_get(call->result, "problems"), i, element)
    {
        show_problem(element);
        if (*text_in(element, "hint"))
            printf("%18s-> %s\n", "", text_in(element, "hint"));
    }
    puts(json_is_true(json_object_get(call->result, "accepted")) ? "accepted" : "not accepted");
}

/* Files and bridges, where they can be seen from here. */
static void look_at_host(struct check *check)
{
    struct target target;
    struct error error;

    if (target_parse(check->call->settings, &target, &error) || !target.is_remote)
        host_check(check->call->settings, &check->config, true, add_problem, check);
    else if (target_paths(&target, &check->config, &error))
        add_problem(check, &error);
}

/* Everything that can be found; none of it ends the check early. */
static void look(struct check *check, const struct buffer *file)
{
    struct read_options options = { check->call->settings->pv_grub,
                                    check->call->options[OPTION_strict] != NULL };
    struct error error;

    check->has_config =
        !domain_read(file, check->file, &options, &check->config, &check->report, &error);
    if (!check->has_config)
        check->first = error;
    check_schema(check, file);
    if (!check->has_config)
        return;
    look_at_host(check);
    check_by_daemon(check);
}

/* Problems of the host do not make the document a bad one: they are shown, and the class tells. */
int command_check(struct invocation *call, struct error *error)
{
    struct check check = { .call = call, .file = call->words[0], .problems = json_array() };
    char path[PATH_MAX];
    struct buffer file;
    bool accepted;

    if (!strchr(check.file, '/') && definition_exists(call->settings, check.file) &&
        !definition_path(call->settings, check.file, path, error))
        check.file = path;
    if (file_read(check.file, XML_FILE_BYTES_MAX, &file, error)) {
        json_decref(check.problems);
        return error_place(error, check.file, 0, "");
    }
    look(&check, &file);
    free(file.data);
    accepted = check.first.class == ERROR_NONE;
    call->show = show_check;
    call->result = json_pack("{s:s, s:o, s:o, s:b, s:b}", "file", check.file, "elements",
                             findings_json(&check.report), "problems", check.problems,
                             "document_accepted", check.has_config, "accepted", accepted);
    if (check.has_config)
        json_object_set_new(call->result, "config", domain_config_to_json(&check.config));
    domain_config_free(&check.config);
    report_free(&check.report);
    if (accepted)
        return 0;
    *error = check.first;
    json_object_set_new(call->result, "error", error_json(error));
    call->result_stands = true;
    return -1;
}
