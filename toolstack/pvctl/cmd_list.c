/* SPDX-License-Identifier: MIT */
/* list, dominfo, domstate, dumpxml: domains that run and domains that are defined. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/values.h"
#include "pvctl/client.h"
#include "pvctl/definitions.h"
#include "pvctl/domain_writer.h"
#include "pvctl/output.h"

#define STATE_OFF "shut off"

static const struct column list_columns[] = {
    { "Name", "name", COLUMN_TEXT },
    { "ID", "domid", COLUMN_NUMBER },
    { "Mem(MiB)", "memory_bytes", COLUMN_MIB },
    { "VCPUs", "vcpus", COLUMN_NUMBER },
    { "State", "state", COLUMN_TEXT },
    { "Time(s)", "cpu_time_ns", COLUMN_SECONDS },
    { 0 },
};

static const struct column info_columns[] = {
    { "Name", "name", COLUMN_TEXT },
    { "ID", "domid", COLUMN_NUMBER },
    { "UUID", "uuid", COLUMN_TEXT },
    { "State", "state", COLUMN_TEXT },
    { "Reason", "reason", COLUMN_TEXT },
    { "Created", "created", COLUMN_TEXT },
    { "VCPUs", "vcpus", COLUMN_NUMBER },
    { "VCPUs at most", "max_vcpus", COLUMN_NUMBER },
    { "Memory (MiB)", "memory_bytes", COLUMN_MIB },
    { "Memory at most (MiB)", "max_memory_bytes", COLUMN_MIB },
    { "CPU time (s)", "cpu_time_ns", COLUMN_SECONDS },
    { "Weight", "weight", COLUMN_NUMBER },
    { "Cap (%)", "cap", COLUMN_NUMBER },
    { "Kernel", "kernel", COLUMN_TEXT },
    { "Command line", "cmdline", COLUMN_TEXT },
    { "Disks", "disks", COLUMN_NUMBER },
    { "Network cards", "nics", COLUMN_NUMBER },
    { "On poweroff", "on_poweroff", COLUMN_TEXT },
    { "On reboot", "on_reboot", COLUMN_TEXT },
    { "On crash", "on_crash", COLUMN_TEXT },
    { "Console log", "console_log", COLUMN_TEXT },
    { "Autostart", "autostart", COLUMN_YES_NO },
    { 0 },
};

/* A domain that is defined and does not run, in the form of pvd's answers. */
static json_t *defined_json(const struct settings *settings, const char *name)
{
    struct domain_config config;
    struct error ignored;
    char uuid[UUID_TEXT_BYTES];
    json_t *json;

    if (definition_read(settings, name, &config, &ignored))
        return json_pack("{s:s, s:s, s:n}", "name", name, "state", "broken definition", "domid");
    uuid_format(config.uuid, uuid);
    json = json_pack("{s:s, s:s, s:s, s:s, s:n, s:i, s:i, s:I, s:I, s:i, s:i}", "name", name,
                     "uuid", uuid, "state", STATE_OFF, "reason", "", "domid", "vcpus",
                     (int)config.vcpus, "max_vcpus", (int)config.max_vcpus, "memory_bytes",
                     (json_int_t)config.memory_bytes, "max_memory_bytes",
                     (json_int_t)config.max_memory_bytes, "weight", (int)config.weight, "cap",
                     (int)config.cap);
    domain_config_free(&config);
    return json;
}

static bool is_listed(const json_t *domains, const char *name)
{
    const json_t *domain;
    size_t i;

    json_array_foreach(domains, i, domain)
    {
        const char *other = json_string_value(json_object_get(domain, "name"));

        if (other && !strcmp(other, name))
            return true;
    }
    return false;
}

static void add_defined(const struct settings *settings, json_t *domains)
{
    json_t *names = definition_names(settings), *name;
    size_t i;

    json_array_foreach(names, i, name)
    {
        if (!is_listed(domains, json_string_value(name)))
            json_array_append_new(domains, defined_json(settings, json_string_value(name)));
    }
    json_decref(names);
}

int command_list(struct invocation *call, struct error *error)
{
    call->show = show_table;
    call->rows = "domains";
    call->columns = list_columns;
    if (client_ask(call->settings, REQUEST_ID_list, NULL, &call->result, error))
        return -1;
    if (call->options[OPTION_all])
        add_defined(call->settings, json_object_get(call->result, "domains"));
    return 0;
}

/* Of the running domain, or of the definition if there is no such domain. */
static int describe(struct invocation *call, struct error *error)
{
    const char *name = call->words[0];

    if (client_ask(call->settings, REQUEST_ID_dominfo, json_pack("{s:s}", "domain", name),
                   &call->result, error)) {
        if (error->class != ERROR_NOT_FOUND || !definition_exists(call->settings, name))
            return -1;
        call->result = defined_json(call->settings, name);
    }
    name = json_string_value(json_object_get(call->result, "name"));
    json_object_set_new(call->result, "autostart",
                        json_boolean(name && definition_starts(call->settings, name)));
    return 0;
}

int command_dominfo(struct invocation *call, struct error *error)
{
    call->show = show_fields;
    call->columns = info_columns;
    return describe(call, error);
}

static void show_state(const struct invocation *call)
{
    const char *state = json_string_value(json_object_get(call->result, "state"));
    const char *reason = json_string_value(json_object_get(call->result, "reason"));

    printf("%s", state ? state : "unknown");
    if (call->options[OPTION_reason] && reason && *reason)
        printf(" (%s)", reason);
    putchar('\n');
}

int command_domstate(struct invocation *call, struct error *error)
{
    json_t *all;

    if (describe(call, error))
        return -1;
    all = call->result;
    call->result = json_object();
    json_object_set(call->result, "state", json_object_get(all, "state"));
    json_object_set(call->result, "reason", json_object_get(all, "reason"));
    json_decref(all);
    call->show = show_state;
    return 0;
}

/* --- dumpxml --- */

static int running_config(struct invocation *call, struct domain_config *config,
                          struct error *error)
{
    json_t *answer;
    int result;

    if (client_ask(call->settings, REQUEST_ID_config, json_pack("{s:s}", "domain", call->words[0]),
                   &answer, error))
        return -1;
    result = domain_config_from_json(json_object_get(answer, "config"), config, error);
    json_decref(answer);
    return result;
}

static void show_xml(const struct invocation *call)
{
    fputs(json_string_value(json_object_get(call->result, "xml")), stdout);
}

int command_dumpxml(struct invocation *call, struct error *error)
{
    bool is_defined = definition_exists(call->settings, call->words[0]);
    struct domain_config config;
    char *xml;

    if (call->options[OPTION_inactive] || running_config(call, &config, error)) {
        bool may_be_defined = call->options[OPTION_inactive] || error->class == ERROR_NOT_FOUND ||
                              error->class == ERROR_CONNECTION;

        if (!may_be_defined || (!is_defined && !call->options[OPTION_inactive]) ||
            definition_read(call->settings, call->words[0], &config, error))
            return -1;
    }
    xml = domain_write(&config);
    call->result =
        xml ? json_pack("{s:s, s:o}", "xml", xml, "config", domain_config_to_json(&config)) : NULL;
    call->show = show_xml;
    free(xml);
    domain_config_free(&config);
    return call->result
               ? 0
               : error_set(error, ERROR_RESOURCES, "PV-E0723", "no memory for the XML of a domain");
}
