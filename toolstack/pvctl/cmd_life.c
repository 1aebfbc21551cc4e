/* SPDX-License-Identifier: MIT */
/* shutdown, reboot, wait, rename. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"
#include "config/values.h"
#include "pvctl/client.h"
#include "pvctl/definitions.h"
#include "pvctl/output.h"
#include "pvctl/stream.h"

static int wait_for(struct invocation *call, const char *state, json_int_t timeout_ns,
                    struct error *error)
{
    return stream_run(call, REQUEST_ID_wait,
                      json_pack("{s:s, s:s, s:I}", "domain", call->words[0], "state", state,
                                "timeout_ns", timeout_ns),
                      NULL, error);
}

static const struct column state_columns[] = {
    { "State", "state", COLUMN_TEXT },
    { "Reason", "reason", COLUMN_TEXT },
    { 0 },
};

int command_shutdown(struct invocation *call, struct error *error)
{
    static const char *const modes[] = { "poweroff", "halt", "suspend", NULL };
    const char *mode = call->options[OPTION_mode] ? call->options[OPTION_mode] : modes[0];
    bool waits = call->options[OPTION_wait] || call->options[OPTION_timeout];
    json_int_t timeout_ns = 0;

    if (word_find(modes, mode) < 0)
        return error_set(error, ERROR_USAGE, "PV-E0212",
                         "'%.60s' is no mode: --mode is poweroff, halt or suspend", mode);
    if (option_timeout(call, &timeout_ns, error) ||
        client_ask(call->settings, REQUEST_ID_shutdown,
                   json_pack("{s:s, s:s}", "domain", call->words[0], "mode", mode), &call->result,
                   error))
        return -1;
    if (!waits)
        return 0;
    json_decref(call->result);
    call->result = NULL;
    return wait_for(call, "shutdown", timeout_ns, error);
}

int command_reboot(struct invocation *call, struct error *error)
{
    return client_ask(call->settings, REQUEST_ID_reboot,
                      json_pack("{s:s}", "domain", call->words[0]), &call->result, error);
}

int command_wait(struct invocation *call, struct error *error)
{
    static const char *const states[] = {
        "running", "paused", "shutdown", "crashed", "gone", NULL
    };
    const char *state = call->options[OPTION_for_] ? call->options[OPTION_for_] : "gone";
    json_int_t timeout_ns = 0;

    if (word_find(states, state) < 0)
        return error_set(error, ERROR_USAGE, "PV-E0213",
                         "'%.60s' is no state: --for is running, paused, shutdown, crashed or gone",
                         state);
    call->show = show_fields;
    call->columns = state_columns;
    return option_timeout(call, &timeout_ns, error) ? -1 : wait_for(call, state, timeout_ns, error);
}

/* --- rename --- */

static int rename_definition(const struct settings *settings, const char *from, const char *to,
                             struct error *error)
{
    struct domain_config config;
    char old_path[PATH_MAX], old_link[PATH_MAX], new_link[PATH_MAX], target[PATH_MAX];
    bool starts = definition_starts(settings, from);
    int result;

    if (definition_read(settings, from, &config, error))
        return -1;
    TEXT_SET(config.name, to);
    result = definition_write(settings, &config, error) ||
                     definition_path(settings, from, old_path, error) ||
                     autostart_path(settings, from, old_link, error) ||
                     autostart_path(settings, to, new_link, error)
                 ? -1
                 : 0;
    domain_config_free(&config);
    if (result)
        return -1;
    snprintf(target, sizeof(target), "../%s.xml", to);
    if (starts && symlink(target, new_link))
        return error_set(error, ERROR_FAILED, "PV-E0108", "the link %.200s cannot be made",
                         new_link);
    unlink(old_link);
    return unlink(old_path)
               ? error_set(error, ERROR_FAILED, "PV-E0109", "%.200s cannot be removed", old_path)
               : 0;
}

int command_rename(struct invocation *call, struct error *error)
{
    const char *from = call->words[0], *to = call->words[1];
    bool is_defined = definition_exists(call->settings, from);

    if (!domain_name_is_valid(to)) {
        error_set(error, ERROR_INPUT, "PV-E0366", "'%.70s' is no name that a domain can have", to);
        return error_hint(error, "1 to 63 letters, digits or . _ + : @ -, not digits alone");
    }
    if (definition_exists(call->settings, to))
        return error_set(error, ERROR_STATE, "PV-E0620", "there is a definition '%s' already", to);
    if (client_ask(call->settings, REQUEST_ID_rename,
                   json_pack("{s:s, s:s}", "domain", from, "name", to), &call->result, error) &&
        !(is_defined && error->class == ERROR_NOT_FOUND))
        return -1;
    return is_defined ? rename_definition(call->settings, from, to, error) : 0;
}
