/* SPDX-License-Identifier: MIT */
/* Connection URIs. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "pvctl/client.h"

/* The path behind socket=, if there is a query. */
static int local_target(const char *rest, const struct settings *settings, struct target *target)
{
    const char *query = strchr(rest, '?');
    size_t path_length = query ? (size_t)(query - rest) : strlen(rest);

    if (path_length && (path_length != strlen("/system") || strncmp(rest, "/system", path_length)))
        return -1;
    snprintf(target->socket, sizeof(target->socket), "%s", settings->socket);
    target->is_default_socket = true;
    if (!query)
        return 0;
    if (strncmp(query, "?socket=/", strlen("?socket=/")) != 0)
        return -1;
    snprintf(target->socket, sizeof(target->socket), "%s", query + strlen("?socket="));
    target->is_default_socket = false;
    return 0;
}

/* The host becomes an argument of ssh: it must not look like an option of it. */
static int remote_target(const char *rest, const struct settings *settings, struct target *target)
{
    size_t length = strcspn(rest, "/?");

    (void)settings;
    if (!length || length >= sizeof(target->host) || rest[0] == '-' ||
        (rest[length] && strcmp(rest + length, "/system") && strcmp(rest + length, "/")))
        return -1;
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)rest[i]) && !strchr("@.-_:[]", rest[i]))
            return -1;
    }
    snprintf(target->host, sizeof(target->host), "%.*s", (int)length, rest);
    target->is_remote = true;
    return 0;
}

int target_parse(const struct settings *settings, struct target *target, struct error *error)
{
    static const struct {
        const char *prefix;
        int (*parse)(const char *rest, const struct settings *settings, struct target *target);
    } schemes[] = {
        { "pv://", local_target },      { "pv+unix://", local_target },
        { "xen://", local_target },     { "xen+unix://", local_target },
        { "pv+ssh://", remote_target }, { "xen+ssh://", remote_target },
    };

    *target = (struct target){ .is_remote = false };
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t length = strlen(schemes[i].prefix);

        if (!strncmp(settings->uri, schemes[i].prefix, length) &&
            !schemes[i].parse(settings->uri + length, settings, target))
            return 0;
    }
    error_set(error, ERROR_USAGE, "PV-E0230", "'%.100s' is no connection URI", settings->uri);
    return error_hint(error, "pv:///system, pv+unix:///system?socket=/PATH, or "
                             "pv+ssh://user@host/system");
}
