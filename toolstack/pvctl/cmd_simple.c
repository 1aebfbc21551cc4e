/* SPDX-License-Identifier: MIT */
/* Commands that are one request: which, its arguments in their order, and how the result looks. */
#include <stdio.h>
#include <string.h>

#include "config/values.h"
#include "pvctl/client.h"
#include "pvctl/output.h"

#define ARGUMENTS_MAX 2

struct simple_command {
    const char *name;
    enum request_id request;
    const char *arguments[ARGUMENTS_MAX]; /* keys for the words, in order; "#key" for a number */
    void (*show)(const struct invocation *call);
    const char *rows;
    const struct column *columns;
};

static const struct column info_columns[] = {
    { "Hypervisor", "version", COLUMN_TEXT },
    { "CPU", "cpu_model", COLUMN_TEXT },
    { "CPUs", "cpus", COLUMN_NUMBER },
    { "Cores", "cores", COLUMN_NUMBER },
    { "Sockets", "sockets", COLUMN_NUMBER },
    { "CPU frequency (kHz)", "cpu_khz", COLUMN_NUMBER },
    { "Memory (MiB)", "memory_bytes", COLUMN_MIB },
    { "Free memory (MiB)", "free_memory_bytes", COLUMN_MIB },
    { "Domains", "domains", COLUMN_NUMBER },
    { "Up (s)", "uptime_ns", COLUMN_SECONDS },
    { "Command line", "hypervisor_command_line", COLUMN_TEXT },
    { 0 },
};

static const struct column why_columns[] = {
    { "State", "state", COLUMN_TEXT },   { "Reason", "reason", COLUMN_TEXT },
    { "Since", "time", COLUMN_TEXT },    { "Message", "message", COLUMN_TEXT },
    { "Advice", "advice", COLUMN_TEXT }, { 0 },
};

static const struct column capabilities_columns[] = {
    { "Interfaces", "abi", COLUMN_LIST },
    { "Features", "features", COLUMN_LIST },
    { "Devices", "devices", COLUMN_LIST },
    { "Limits", "limits", COLUMN_TEXT },
    { 0 },
};

static const struct column mitigation_columns[] = {
    { "Vulnerability", "name", COLUMN_TEXT },
    { "State", "state", COLUMN_TEXT },
    { 0 },
};

static const struct column vcpu_columns[] = {
    { "Name", "name", COLUMN_TEXT },         { "ID", "domid", COLUMN_NUMBER },
    { "VCPU", "vcpu", COLUMN_NUMBER },       { "CPU", "cpu", COLUMN_NUMBER },
    { "State", "state", COLUMN_TEXT },       { "Time(s)", "cpu_time_ns", COLUMN_SECONDS },
    { "Affinity", "affinity", COLUMN_TEXT }, { 0 },
};

static const struct column memory_columns[] = {
    { "First", "first_pfn", COLUMN_NUMBER },
    { "Last", "last_pfn", COLUMN_NUMBER },
    { "Use", "use", COLUMN_TEXT },
    { 0 },
};

static const struct column disk_columns[] = {
    { "Target", "target", COLUMN_TEXT },       { "Vdev", "vdev", COLUMN_NUMBER },
    { "Kind", "kind", COLUMN_TEXT },           { "Size(MiB)", "size_bytes", COLUMN_MIB },
    { "Readonly", "readonly", COLUMN_YES_NO }, { "State", "state", COLUMN_TEXT },
    { "Path", "path", COLUMN_TEXT },           { 0 },
};

static const struct column nic_columns[] = {
    { "Idx", "index", COLUMN_NUMBER },
    { "MAC", "mac", COLUMN_TEXT },
    { "Kind", "kind", COLUMN_TEXT },
    { "Bridge", "bridge", COLUMN_TEXT },
    { "Interface", "interface", COLUMN_TEXT },
    { "State", "state", COLUMN_TEXT },
    { 0 },
};

static const struct column device_columns[] = {
    { "Device", "device", COLUMN_TEXT },
    { "Kind", "kind", COLUMN_TEXT },
    { "State", "state", COLUMN_TEXT },
    { "Back end", "backend_path", COLUMN_TEXT },
    { "Front end", "frontend_path", COLUMN_TEXT },
    { "Agreed", "agreed", COLUMN_TEXT },
    { "Nodes", "features", COLUMN_TEXT },
    { 0 },
};

static void show_why(const struct invocation *call)
{
    json_t *line;
    size_t i;

    show_fields(call);
    json_array_foreach(json_object_get(call->result, "hypervisor_lines"), i, line)
    {
        printf("Hypervisor: %s\n", json_string_value(line));
    }
    show_lines(call);
}

static const struct simple_command simple_commands[] = {
    { "destroy", REQUEST_ID_destroy, { "domain" }, NULL, NULL, NULL },
    { "pause", REQUEST_ID_pause, { "domain" }, NULL, NULL, NULL },
    { "unpause", REQUEST_ID_unpause, { "domain" }, NULL, NULL, NULL },
    { "info", REQUEST_ID_info, { 0 }, show_fields, NULL, info_columns },
    { "why", REQUEST_ID_why, { "domain" }, show_why, "lines", why_columns },
    { "capabilities", REQUEST_ID_capabilities, { 0 }, show_fields, NULL, capabilities_columns },
    { "mitigations",
      REQUEST_ID_mitigations,
      { "domain" },
      show_table,
      "vulnerabilities",
      mitigation_columns },
    { "vcpu-list", REQUEST_ID_vcpu_list, { "domain" }, show_table, "vcpus", vcpu_columns },
    { "vcpu-set", REQUEST_ID_vcpu_set, { "domain", "#count" }, NULL, NULL, NULL },
    { "memory-map", REQUEST_ID_memory_map, { "domain" }, show_table, "regions", memory_columns },
    { "disk-list", REQUEST_ID_disk_list, { "domain" }, show_table, "disks", disk_columns },
    { "net-list", REQUEST_ID_net_list, { "domain" }, show_table, "nics", nic_columns },
    { "device-info",
      REQUEST_ID_device_info,
      { "domain", "device" },
      show_fields,
      NULL,
      device_columns },
};

static const struct simple_command *find_row(const char *name)
{
    const struct simple_command *row = simple_commands;

    while (strcmp(row->name, name) != 0)
        row++; /* a test looks that each such command has a row */
    return row;
}

static int add_argument(json_t *arguments, const char *key, const char *word, struct error *error)
{
    uint64_t number;

    if (*key != '#')
        return json_object_set_new(arguments, key, json_string(word))
                   ? error_set(error, ERROR_USAGE, "PV-E0208", "'%.60s' is no text in UTF-8", word)
                   : 0;
    if (!decimal_parse(word, UINT32_MAX, &number))
        return error_set(error, ERROR_USAGE, "PV-E0209", "'%.60s' is no number", word);
    json_object_set_new(arguments, key + 1, json_integer((json_int_t)number));
    return 0;
}

int command_simple(struct invocation *call, struct error *error)
{
    const struct simple_command *row = find_row(call->command->name);
    json_t *arguments = json_object();

    for (size_t i = 0; i < call->word_count; i++) {
        if (add_argument(arguments, row->arguments[i], call->words[i], error)) {
            json_decref(arguments);
            return -1;
        }
    }
    call->show = row->show;
    call->rows = row->rows;
    call->columns = row->columns;
    return client_ask(call->settings, row->request, arguments, &call->result, error);
}
