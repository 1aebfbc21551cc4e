/* SPDX-License-Identifier: MIT */
#include "testbed/share_path.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/memory.h"
#include "testbed/testbed.h"

/* What is left of @path below @folder, with its slash; NULL if it lies elsewhere. */
static const char *below(const char *folder, const char *path)
{
    size_t length = strlen(folder);

    if (!strcmp(folder, "/"))
        return path;
    if (strncmp(folder, path, length) != 0 || (path[length] && path[length] != '/'))
        return NULL;
    return path + length;
}

/* The file that the path leads to; if it is not there, the file that it would be. */
static char *resolve(const char *path)
{
    char *resolved = realpath(path, NULL), *folder, *slash, *whole;

    if (resolved)
        return resolved;
    folder = memory_string(path);
    slash = strrchr(folder, '/');
    if (!slash || slash == folder) {
        free(folder);
        return memory_string(path);
    }
    *slash = '\0';
    resolved = realpath(folder, NULL);
    whole = memory_format("%s/%s", resolved ? resolved : folder, slash + 1);
    free(resolved);
    free(folder);
    return whole;
}

char *share_path(const char *share, const char *path)
{
    char *folder = resolve(share), *file = resolve(path), *inside = NULL;
    const char *rest = below(folder, file);

    if (rest)
        inside = memory_format(TESTBED_SHARE "%s", rest);
    free(folder);
    free(file);
    return inside;
}

bool share_path_is_outside(const char *share, const char *path)
{
    char *inside = share_path(share, path);
    bool is_inside = inside != NULL;

    free(inside);
    return !is_inside && !access(path, F_OK);
}
