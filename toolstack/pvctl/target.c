/* SPDX-License-Identifier: MIT */
/* Connection URIs. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pvctl/client.h"
#include "testbed/place.h"

/* Each of these says 0, or -1 if it is no such URI, or TARGET_FAILED with @error filled in. */
#define TARGET_FAILED (-2)

/* @name NULL: the only one. */
static int use_testbed(const char *name, struct target *target, struct error *error)
{
    if (place_find(name, &target->testbed, error))
        return TARGET_FAILED;
    target->is_remote = target->is_testbed = true;
    return 0;
}

/* Where pvd has no socket, there may be a testbed; several are a question to the user. */
static int default_target(struct target *target, struct error *error)
{
    int result;

    if (strcmp(target->socket, PVD_SOCKET_PATH) != 0 || !access(target->socket, F_OK))
        return 0;
    result = use_testbed(NULL, target, error);
    return result && error->class == ERROR_CONNECTION ? 0 : result;
}

/* The path behind socket=, if there is a query. */
static int local_target(const char *rest, const struct settings *settings, struct target *target,
                        struct error *error)
{
    const char *query = strchr(rest, '?');
    size_t path_length = query ? (size_t)(query - rest) : strlen(rest);

    if (path_length && (path_length != strlen("/system") || strncmp(rest, "/system", path_length)))
        return -1;
    snprintf(target->socket, sizeof(target->socket), "%s", settings->socket);
    target->is_default_socket = true;
    if (!query)
        return default_target(target, error);
    if (strncmp(query, "?socket=/", strlen("?socket=/")) != 0)
        return -1;
    snprintf(target->socket, sizeof(target->socket), "%s", query + strlen("?socket="));
    target->is_default_socket = false;
    return 0;
}

/* The host becomes an argument of ssh: it must not look like an option of it. */
static int remote_target(const char *rest, const struct settings *settings, struct target *target,
                         struct error *error)
{
    size_t length = strcspn(rest, "/?");

    (void)settings;
    (void)error;
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

static int testbed_target(const char *rest, const struct settings *settings, struct target *target,
                          struct error *error)
{
    const char *name = rest + (*rest == '/');

    (void)settings;
    return use_testbed(*name ? name : NULL, target, error);
}

int target_parse(const struct settings *settings, struct target *target, struct error *error)
{
    static const struct {
        const char *prefix;
        int (*parse)(const char *rest, const struct settings *settings, struct target *target,
                     struct error *error);
    } schemes[] = {
        { "pv://", local_target },           { "pv+unix://", local_target },
        { "xen://", local_target },          { "xen+unix://", local_target },
        { "pv+ssh://", remote_target },      { "xen+ssh://", remote_target },
        { "pv+testbed://", testbed_target },
    };
    int result = -1;

    *target = (struct target){ .is_remote = false };
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t length = strlen(schemes[i].prefix);

        if (!strncmp(settings->uri, schemes[i].prefix, length))
            result = schemes[i].parse(settings->uri + length, settings, target, error);
    }
    if (result != -1)
        return result ? -1 : 0;
    error_set(error, ERROR_USAGE, "PV-E0230", "'%.100s' is no connection URI", settings->uri);
    return error_hint(error, "pv:///system, pv+unix:///system?socket=/PATH, "
                             "pv+ssh://user@host/system, or pv+testbed:///NAME");
}
