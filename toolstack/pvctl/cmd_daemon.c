/* SPDX-License-Identifier: MIT */
/* daemon and version: what there is on the other side. */
#include <stdio.h>
#include <string.h>

#include "pvctl/client.h"
#include "pvctl/output.h"

static const struct column status_columns[] = {
    { "Version", "version", COLUMN_TEXT },
    { "Process", "pid", COLUMN_NUMBER },
    { "Started", "started", COLUMN_TEXT },
    { "Up (s)", "uptime_ns", COLUMN_SECONDS },
    { "Domains", "domains", COLUMN_NUMBER },
    { "Connections", "connections", COLUMN_NUMBER },
    { "Store nodes", "store_nodes", COLUMN_NUMBER },
    { "Store (bytes)", "store_bytes", COLUMN_NUMBER },
    { 0 },
};

int command_daemon(struct invocation *call, struct error *error)
{
    if (strcmp(call->words[0], "status") != 0) {
        error_set(error, ERROR_USAGE, "PV-E0219", "daemon knows the action status");
        return error_hint(error, "pvctl daemon status");
    }
    call->show = show_fields;
    call->columns = status_columns;
    return client_ask(call->settings, REQUEST_ID_daemon_status, NULL, &call->result, error);
}

static void show_version(const struct invocation *call)
{
    static const char *const names[] = { "pvctl", "pvd", "hypervisor", "kernel" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *version = json_string_value(json_object_get(call->result, names[i]));

        if (version)
            printf("%s %s\n", names[i], version);
    }
}

/* Without pvd it is the version of pvctl alone. */
int command_version(struct invocation *call, struct error *error)
{
    call->show = show_version;
    if (client_ask(call->settings, REQUEST_ID_version, NULL, &call->result, error))
        call->result = json_object();
    json_object_set_new(call->result, "pvctl", json_string(PARAPET_VERSION));
    return 0;
}
