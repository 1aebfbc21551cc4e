/* SPDX-License-Identifier: MIT */
#include "store/path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define HOME_MAX_BYTES 32

bool path_next(const char **at, struct path_name *name)
{
    const char *start = *at;

    while (*start == '/')
        start++;
    name->bytes = start;
    name->length = strcspn(start, "/");
    *at = start + name->length;
    return name->length > 0;
}

bool path_is_special(const char *path)
{
    return !strcmp(path, "@introduceDomain") || !strcmp(path, "@releaseDomain");
}

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '@';
}

/* No empty names: no double slash, none at the end. */
static bool is_well_formed(const char *path)
{
    const char *at = path;

    if (!strcmp(path, "/"))
        return true;
    while (*at == '/') {
        at++;
        if (!is_name_character(*at))
            return false;
        while (is_name_character(*at))
            at++;
    }
    return at != path && !*at;
}

static size_t home_of(char out[HOME_MAX_BYTES], uint16_t domid)
{
    return (size_t)snprintf(out, HOME_MAX_BYTES, "/local/domain/%u/", domid);
}

int path_absolute(char *out, uint16_t domid, const char *given)
{
    size_t length = strlen(given), home = 0;

    if (given[0] == '/' ? length > XENSTORE_ABS_PATH_MAX : length > XENSTORE_REL_PATH_MAX)
        return -EINVAL;
    if (given[0] != '/')
        home = home_of(out, domid);
    memcpy(out + home, given, length + 1);
    return is_well_formed(out) ? 0 : -EINVAL;
}

size_t path_parent_length(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!path[1])
        return 0;
    return slash == path ? 1 : (size_t)(slash - path);
}

bool path_is_below(const char *path, const char *ancestor)
{
    size_t length = strlen(ancestor);

    if (length == 1)
        return true;
    return !strncmp(path, ancestor, length) && (path[length] == '/' || !path[length]);
}

size_t path_home_length(const char *path, uint16_t domid)
{
    char home[HOME_MAX_BYTES];
    size_t length = home_of(home, domid);

    return strncmp(path, home, length) ? 0 : length;
}
