/* SPDX-License-Identifier: MIT */
#include "pvctl/read_value.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/values.h"

#define PATH_BYTES_MAX 4096u
#define PAGE_BYTES     4096u

static int no_memory(struct reading *reading)
{
    reading->report->is_incomplete = true;
    return -1;
}

int read_string(struct reading *reading, char **to, const char *value, size_t bytes_max)
{
    if (strlen(value) >= bytes_max)
        return reading_wrong(reading, "shorten it", "has %zu bytes, at most %zu are possible",
                             strlen(value), bytes_max - 1);
    free(*to);
    *to = strdup(value);
    return *to ? 0 : no_memory(reading);
}

/* Takes "." and ".." and double slashes out of an absolute path, in place. */
static void path_normalize(char *path)
{
    char *from = path, *to = path, *part;

    while ((part = strsep(&from, "/"))) {
        if (!*part || !strcmp(part, "."))
            continue;
        if (!strcmp(part, "..")) {
            while (to > path && *--to != '/')
                ;
            continue;
        }
        *to++ = '/';
        memmove(to, part, strlen(part) + 1);
        to += strlen(to);
    }
    if (to == path)
        *to++ = '/';
    *to = '\0';
}

/* The folder of the document, absolute, on the heap. */
static char *folder_of(const char *file)
{
    const char *slash = strrchr(file, '/');
    char here[PATH_BYTES_MAX] = "", *folder = NULL;
    int length = slash ? (int)(slash - file) : 0;

    if (file[0] != '/' && !getcwd(here, sizeof(here)))
        return NULL;
    return asprintf(&folder, "%s/%.*s", here, length, file) < 0 ? NULL : folder;
}

int read_path(struct reading *reading, char **to, const char *value)
{
    char *folder = *value == '/' ? strdup("") : folder_of(reading->file), *path = NULL;

    if (!folder || asprintf(&path, "%s/%s", folder, value) < 0) {
        free(folder);
        return no_memory(reading);
    }
    free(folder);
    free(*to);
    *to = path;
    if (!*value || strchr(value, '\n') || strlen(path) >= PATH_BYTES_MAX)
        return reading_wrong(reading, "write an absolute path", "is no path of a file");
    path_normalize(path);
    if (*value != '/')
        reading_note(reading, "is not absolute; taken from the document's folder: %.150s", path);
    return 0;
}

int read_number(struct reading *reading, const char *value, uint64_t least, uint64_t most,
                uint64_t *to)
{
    if (decimal_parse(value, most, to) && *to >= least)
        return 0;
    return reading_wrong(reading, "", "'%.40s' is no number from %" PRIu64 " to %" PRIu64, value,
                         least, most);
}

int read_word(struct reading *reading, const char *value, const char *const *words, uint32_t *to)
{
    char list[160] = "";
    int found = word_find(words, value);

    if (found >= 0) {
        *to = (uint32_t)found;
        return 0;
    }
    for (size_t i = 0, used = 0; words[i] && used < sizeof(list); i++)
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "", words[i]);
    return reading_wrong(reading, list, "'%.40s' is none of the possible words", value);
}

int read_cpus(struct reading *reading, const char *value, cpu_mask_t *to)
{
    if (cpus_parse(value, to))
        return 0;
    return reading_wrong(reading, "write numbers and ranges below 64: 0-3,^2,8",
                         "'%.40s' is no set of physical CPUs", value);
}

/* 0 if there is no such unit. */
static uint64_t unit_bytes(const char *unit)
{
    static const struct {
        const char *name;
        uint64_t bytes;
    } units[] = {
        { "b", 1 },
        { "bytes", 1 },
        { "KB", 1000 },
        { "k", 1UL << 10 },
        { "K", 1UL << 10 },
        { "KiB", 1UL << 10 },
        { "MB", 1000000 },
        { "M", 1UL << 20 },
        { "MiB", 1UL << 20 },
        { "GB", 1000000000 },
        { "G", 1UL << 30 },
        { "GiB", 1UL << 30 },
        { "TB", 1000000000000 },
        { "T", 1UL << 40 },
        { "TiB", 1UL << 40 },
    };

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (!strcmp(units[i].name, unit))
            return units[i].bytes;
    }
    return 0;
}

int read_size(struct reading *reading, const char *value, uint64_t *to)
{
    const char *unit = xml_attribute(reading->element, "unit");
    uint64_t scale = unit_bytes(unit ? unit : "KiB"), number;

    if (!scale)
        return reading_wrong(reading, "b, KB, KiB, MB, MiB, GB, GiB, TB, TiB",
                             "'%.20s' is no unit of memory", unit);
    if (!decimal_parse(value, MEMORY_BYTES_MAX / scale, &number) ||
        number * scale < MEMORY_BYTES_MIN)
        return reading_wrong(reading, unit ? "" : "the unit is KiB if none is written",
                             "'%.40s' is no size from 4 MiB to 4 TiB", value);
    *to = (number * scale + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    return 0;
}

int read_script(struct reading *reading, const char *value, char **to)
{
    if (!strncmp(value, SCRIPT_FOLDER, strlen(SCRIPT_FOLDER)) &&
        !strchr(value + strlen(SCRIPT_FOLDER), '/') && value[strlen(SCRIPT_FOLDER)] != '.')
        return read_path(reading, to, value);
    return reading_refuse(reading, "put it into " SCRIPT_FOLDER " and name it from there",
                          "'%.80s' is not among the scripts that may run", value);
}
