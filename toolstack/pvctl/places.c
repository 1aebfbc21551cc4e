/* SPDX-License-Identifier: MIT */
#include "pvctl/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct place {
    uint32_t line;
    char path[sizeof(((struct finding *)0)->path)];
};

/* A run of pvctl reads one document. */
static struct {
    struct place *places;
    size_t count;
    char file[256];
} kept;

void places_keep(const struct report *report, const char *file)
{
    free(kept.places);
    kept.count = 0;
    kept.places = calloc(report->count + 1, sizeof(*kept.places));
    if (!kept.places)
        return; /* messages do without */
    for (size_t i = 0; i < report->count; i++) {
        kept.places[i].line = report->findings[i].line;
        memcpy(kept.places[i].path, report->findings[i].path, sizeof(kept.places[i].path));
    }
    kept.count = report->count;
    snprintf(kept.file, sizeof(kept.file), "%s", file);
}

static uint32_t line_of(const char *path)
{
    for (size_t i = 0; i < kept.count; i++) {
        if (!strcmp(kept.places[i].path, path))
            return kept.places[i].line;
    }
    return 0;
}

/* The only disk of a document is disk, and disk[1] for those who count. */
static bool drop_first(char *path)
{
    char *first = strstr(path, "[1]");

    if (first)
        memmove(first, first + 3, strlen(first + 3) + 1);
    return first != NULL;
}

/* What is not in the document has the place of the element around it. */
static bool go_up(char *path)
{
    char *end = strrchr(path, '@');

    if (!end)
        end = strrchr(path, '/');
    if (end)
        *end = '\0';
    return end != NULL;
}

void places_find(struct error *error)
{
    char path[sizeof(error->path)];
    uint32_t line;

    if (!*error->path || *error->file || !kept.count)
        return;
    memcpy(path, error->path, sizeof(path));
    do {
        line = line_of(path);
    } while (!line && (drop_first(path) || go_up(path)));
    if (line)
        error_place(error, kept.file, line, path);
}
