/* SPDX-License-Identifier: MIT */
/* explain: an error by its id, or what a domain document may have by its path. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/error_table.h"
#include "pvctl/domain_rules.h"
#include "pvctl/output.h"

static const char *const class_words[] = {
    [XML_USED] = "used",
    [XML_TOLERATED] = "tolerated",
    [XML_REFUSED] = "refused",
};

static const struct column error_columns[] = {
    { "Error", "id", COLUMN_TEXT },
    { "Exit code", "code", COLUMN_NUMBER },
    { "What", "title", COLUMN_TEXT },
    { "Why and what to do", "text", COLUMN_TEXT },
    { 0 },
};

static const struct column all_columns[] = {
    { "ID", "id", COLUMN_TEXT },
    { "Code", "code", COLUMN_NUMBER },
    { "What", "title", COLUMN_TEXT },
    { 0 },
};

static const struct column rule_columns[] = {
    { "Element", "path", COLUMN_TEXT },
    { "Value", "value", COLUMN_TEXT },
    { "Class", "class", COLUMN_TEXT },
    { "Meaning", "text", COLUMN_TEXT },
    { 0 },
};

static json_t *error_json(const struct error_row *row)
{
    return json_pack("{s:s, s:i, s:s, s:s}", "id", row->id, "code", (int)row->class, "title",
                     row->title, "text", row->text);
}

static json_t *rule_json(const struct domain_rule *rule)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "path", rule->path, "value",
                     rule->value ? rule->value : "", "class", class_words[rule->class], "text",
                     rule->text, "hint", rule->hint);
}

static int explain_all(struct invocation *call)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < error_row_count; i++)
        json_array_append_new(rows, error_json(&error_rows[i]));
    call->result = json_pack("{s:o}", "errors", rows);
    call->show = show_table;
    call->rows = "errors";
    call->columns = all_columns;
    return 0;
}

/* Rules whose path is @path, with or without "domain/" in front, or ends in it. */
static bool rule_is_about(const struct domain_rule *rule, const char *path)
{
    size_t length = strlen(path), rule_length = strcspn(rule->path, "+");

    if (rule_length > 1 && rule->path[rule_length] == '+')
        rule_length--;
    if (length > rule_length || strncmp(rule->path + rule_length - length, path, length) != 0)
        return false;
    return length == rule_length || rule->path[rule_length - length - 1] == '/';
}

static int explain_path(struct invocation *call, const char *path, struct error *error)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < domain_rule_count; i++) {
        if (rule_is_about(&domain_rules[i], path))
            json_array_append_new(rows, rule_json(&domain_rules[i]));
    }
    call->result = json_pack("{s:o}", "rules", rows);
    call->show = show_table;
    call->rows = "rules";
    call->columns = rule_columns;
    if (json_array_size(rows))
        return 0;
    error_set(error, ERROR_USAGE, "PV-E0214", "'%.60s' is no id of an error and no element", path);
    return error_hint(error, "an id: PV-E0401; an element: devices/disk/driver@type; pvctl explain "
                             "alone lists the errors");
}

int command_explain(struct invocation *call, struct error *error)
{
    const char *wanted = call->word_count ? call->words[0] : NULL;

    if (!wanted)
        return explain_all(call);
    for (size_t i = 0; i < error_row_count; i++) {
        /* E0401 and 0401 will do. */
        const char *end = error_rows[i].id + strlen(error_rows[i].id);
        size_t length = strlen(wanted);

        if (length >= 4 && length <= strlen(error_rows[i].id) &&
            !strcasecmp(end - length, wanted)) {
            call->result = error_json(&error_rows[i]);
            call->show = show_fields;
            call->columns = error_columns;
            return 0;
        }
    }
    return explain_path(call, wanted, error);
}
