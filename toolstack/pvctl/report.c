/* SPDX-License-Identifier: MIT */
#include "pvctl/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_STEP 64u

/* What a kind is called, and how it stops a domain from being made. */
static const struct {
    const char *word;
    bool is_warning;
    enum error_class class; /* ERROR_NONE: only with --strict, or not at all */
    const char *id;
} kinds[] = {
    [FINDING_USED] = { "used", false, ERROR_NONE, "" },
    [FINDING_TOLERATED] = { "tolerated", true, ERROR_NONE, "PV-E0403" },
    [FINDING_NOTE] = { "note", true, ERROR_NONE, "" },
    [FINDING_UNKNOWN_ATTRIBUTE] = { "unknown", true, ERROR_NONE, "PV-E0404" },
    [FINDING_REFUSED] = { "refused", false, ERROR_UNSUPPORTED, "PV-E0401" },
    [FINDING_UNKNOWN] = { "unknown", false, ERROR_UNSUPPORTED, "PV-E0402" },
    [FINDING_WRONG] = { "wrong", false, ERROR_INPUT, "PV-E0312" },
};

void report_free(struct report *report)
{
    free(report->findings);
    *report = (struct report){ .count = 0 };
}

struct finding *report_add(struct report *report, enum finding_kind kind, uint32_t line,
                           const char *path)
{
    struct finding *finding;

    if (report->count % ROOM_STEP == 0) {
        struct finding *grown =
            realloc(report->findings, (report->count + ROOM_STEP) * sizeof(*grown));

        if (!grown) {
            report->is_incomplete = true;
            return NULL;
        }
        report->findings = grown;
    }
    finding = &report->findings[report->count++];
    *finding = (struct finding){ .kind = kind, .line = line };
    snprintf(finding->path, sizeof(finding->path), "%s", path);
    return finding;
}

const char *finding_kind_word(enum finding_kind kind)
{
    return kinds[kind].word;
}

static bool stops(const struct finding *finding, bool strict)
{
    return kinds[finding->kind].class != ERROR_NONE || (strict && *kinds[finding->kind].id);
}

static int finding_error(const struct finding *finding, const char *file, size_t others,
                         struct error *error)
{
    enum error_class class = kinds[finding->kind].class;
    char more[80] = "";

    if (others)
        snprintf(more, sizeof(more), " (and %zu more: pvctl check shows all)", others);
    error_set(error, class == ERROR_NONE ? ERROR_UNSUPPORTED : class, kinds[finding->kind].id,
              "%s%s%s%s: %s%s", finding->path, *finding->value ? "='" : "", finding->value,
              *finding->value ? "'" : "", finding->text, more);
    error_hint(error, "%s", finding->hint);
    return error_place(error, file, finding->line, finding->path);
}

int report_error(const struct report *report, const char *file, bool strict, struct error *error)
{
    const struct finding *first = NULL;
    size_t others = 0;

    if (report->is_incomplete)
        return error_set(error, ERROR_RESOURCES, "PV-E0721", "no memory for the elements of %s",
                         file);
    for (size_t i = 0; i < report->count; i++) {
        if (!stops(&report->findings[i], strict))
            continue;
        if (first)
            others++;
        else
            first = &report->findings[i];
    }
    return first ? finding_error(first, file, others, error) : 0;
}

static bool is_same_warning(const struct finding *a, const struct finding *b)
{
    return kinds[b->kind].is_warning && a->kind == b->kind && !strcmp(a->text, b->text);
}

static json_t *warning_of(const struct finding *finding, size_t times, const char *file)
{
    char message[600];
    char more[48] = "";

    if (times > 1)
        snprintf(more, sizeof(more), " (and %zu more like it)", times - 1);
    snprintf(message, sizeof(message), "%s%s has no effect: %s", finding->path, more,
             finding->text);
    if (finding->kind == FINDING_NOTE)
        snprintf(message, sizeof(message), "%s: %s", finding->path, finding->text);
    return json_pack("{s:s, s:i, s:s, s:s}", "file", file, "line", (int)finding->line, "path",
                     finding->path, "message", message);
}

json_t *report_warnings(const struct report *report, const char *file)
{
    json_t *warnings = json_array();

    for (size_t i = 0; i < report->count; i++) {
        const struct finding *finding = &report->findings[i];
        size_t before = 0, times = 0;

        if (!kinds[finding->kind].is_warning)
            continue;
        for (size_t j = 0; j < report->count; j++) {
            bool is_same = is_same_warning(finding, &report->findings[j]);

            times += is_same;
            before += is_same && j < i;
        }
        if (!before)
            json_array_append_new(warnings, warning_of(finding, times, file));
    }
    return warnings;
}
