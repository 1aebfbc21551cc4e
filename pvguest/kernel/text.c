/* SPDX-License-Identifier: MIT */
#include "kernel/text.h"

#include "kernel/string.h"

uint64_t parse_number(const char *text, const char **end)
{
    uint64_t value = 0;

    for (; *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (uint64_t)(*text - '0');
    if (end)
        *end = text;
    return value;
}

void copy_text(char *to, const char *from, size_t bytes)
{
    size_t used = 0;

    for (; *from && used + 1 < bytes; from++)
        to[used++] = *from;
    to[used] = 0;
}

/* What follows the name of an option, a space, '=' or the end; NULL: it is not there. */
static const char *option_find(const char *line, const char *name)
{
    size_t length = strlen(name);

    while (*line) {
        while (*line == ' ')
            line++;
        if (!strncmp(line, name, length) &&
            (!line[length] || line[length] == ' ' || line[length] == '='))
            return line + length;
        while (*line && *line != ' ')
            line++;
    }
    return NULL;
}

bool option_value(const char *line, const char *name, char *to, size_t bytes)
{
    const char *found = option_find(line, name);
    size_t used = 0;

    if (!found || *found != '=')
        return false;
    for (found++; *found && *found != ' '; found++) {
        if (used + 1 < bytes)
            to[used++] = *found;
    }
    to[used] = 0;
    return true;
}

bool option_is_set(const char *line, const char *name)
{
    return option_find(line, name);
}

uint64_t option_number(const char *line, const char *name, uint64_t otherwise)
{
    const char *found = option_find(line, name);

    return found && *found == '=' ? parse_number(found + 1, NULL) : otherwise;
}
