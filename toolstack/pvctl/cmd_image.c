/* SPDX-License-Identifier: MIT */
/* image-clone. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pvctl/output.h"
#include "pvctl/stream.h"

static const struct column clone_columns[] = {
    { "Size (MiB)", "size_bytes", COLUMN_MIB },
    { "Shares blocks", "is_shared", COLUMN_YES_NO },
    { 0 },
};

/* How far it is, for people who look. */
static void show_progress(const struct invocation *call, const json_t *event)
{
    long long done = json_integer_value(json_object_get(event, "done_bytes"));
    long long total = json_integer_value(json_object_get(event, "total_bytes"));

    if (!call->settings->quiet && isatty(STDERR_FILENO) && total > 0)
        fprintf(stderr, "\r%s: %3lld %%  ", call->words[1], done * 100 / total);
}

/* pvd runs in another folder than this one. */
static json_t *path_to_json(const char *path)
{
    char folder[PATH_MAX];

    return path[0] == '/' || !getcwd(folder, sizeof(folder)) ? json_string(path)
                                                             : json_sprintf("%s/%s", folder, path);
}

int command_image_clone(struct invocation *call, struct error *error)
{
    json_t *arguments = json_pack("{s:o, s:o}", "source", path_to_json(call->words[0]), "target",
                                  path_to_json(call->words[1]));
    int result;

    if (!arguments)
        return error_set(error, ERROR_USAGE, "PV-E0208", "a path is no text in UTF-8");
    result = stream_run(call, REQUEST_ID_image_clone, arguments, show_progress, error);
    if (!call->settings->quiet && isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
    call->show = call->settings->verbose ? show_fields : NULL;
    call->columns = clone_columns;
    return result;
}
