/* SPDX-License-Identifier: MIT */
#include "pvctl/output.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CELL_BYTES    1024u
#define COLUMNS_MAX   24u
#define NS_PER_TENTH  100000000
#define BYTES_PER_KIB 1024
#define RED           "\033[31m"
#define PLAIN         "\033[0m"

/* --- Values --- */

static void format_list(const json_t *value, char *text, size_t bytes)
{
    size_t used = 0, i;
    json_t *element;

    *text = '\0';
    json_array_foreach(value, i, element)
    {
        if (used < bytes)
            used += (size_t)snprintf(text + used, bytes - used, "%s%s", i ? " " : "",
                                     json_is_string(element) ? json_string_value(element) : "?");
    }
}

static void format_number(json_int_t number, enum column_kind kind, char *text, size_t bytes)
{
    if (kind == COLUMN_MIB)
        snprintf(text, bytes, "%lld", (long long)(number >> 20));
    else if (kind == COLUMN_SECONDS)
        snprintf(text, bytes, "%lld.%lld", (long long)(number / NS_PER_TENTH / 10),
                 (long long)(number / NS_PER_TENTH % 10));
    else
        snprintf(text, bytes, "%lld", (long long)number);
}

static void format_real(double number, enum column_kind kind, char *text, size_t bytes)
{
    if (kind == COLUMN_RATE)
        snprintf(text, bytes, "%.0f", number);
    else if (kind == COLUMN_KIB)
        snprintf(text, bytes, "%.1f", number / BYTES_PER_KIB);
    else
        snprintf(text, bytes, "%.1f", number);
}

/* What comes from a guest must not steer the terminal. */
static void make_printable(char *text)
{
    for (; *text; text++)
        *text = iscntrl((unsigned char)*text) ? '?' : *text;
}

void value_format(const json_t *value, enum column_kind kind, char *text, size_t bytes)
{
    *text = '\0';
    if (json_is_string(value))
        snprintf(text, bytes, "%s", json_string_value(value));
    else if (json_is_boolean(value))
        snprintf(text, bytes, "%s", json_is_true(value) ? "yes" : "no");
    else if (json_is_integer(value))
        format_number(json_integer_value(value), kind, text, bytes);
    else if (json_is_real(value))
        format_real(json_real_value(value), kind, text, bytes);
    else if (json_is_array(value))
        format_list(value, text, bytes);
    else if (!json_is_object(value))
        snprintf(text, bytes, "-");
    make_printable(text);
}

/* --- Tables --- */

static bool is_right(const struct column *column)
{
    return column->kind != COLUMN_TEXT && column->kind != COLUMN_YES_NO &&
           column->kind != COLUMN_LIST;
}

static void print_cell(FILE *file, const struct column *column, const char *text, int width)
{
    bool is_last = !column[1].title;

    if (is_right(column))
        fprintf(file, "%*s", width, text);
    else
        fprintf(file, "%-*s", is_last ? 0 : width, text);
    fputs(is_last ? "\n" : "  ", file);
}

static void format_cell(const json_t *row, const struct column *column, char text[CELL_BYTES])
{
    const char *dot = strchr(column->key, '.');
    const json_t *value;
    char name[64];

    if (dot) {
        snprintf(name, sizeof(name), "%.*s", (int)(dot - column->key), column->key);
        value = json_object_get(json_object_get(row, name), dot + 1);
    } else {
        value = json_object_get(row, column->key);
    }
    value_format(value, column->kind, text, CELL_BYTES);
}

void table_print(FILE *file, const json_t *rows, const struct column *columns)
{
    int widths[COLUMNS_MAX];
    char text[CELL_BYTES];
    const json_t *row;
    size_t i;

    for (size_t c = 0; columns[c].title; c++) {
        widths[c] = (int)strlen(columns[c].title);
        json_array_foreach(rows, i, row)
        {
            format_cell(row, &columns[c], text);
            if ((int)strlen(text) > widths[c])
                widths[c] = (int)strlen(text);
        }
    }
    for (size_t c = 0; columns[c].title; c++)
        print_cell(file, &columns[c], columns[c].title, widths[c]);
    json_array_foreach(rows, i, row)
    {
        for (size_t c = 0; columns[c].title; c++) {
            format_cell(row, &columns[c], text);
            print_cell(file, &columns[c], text, widths[c]);
        }
    }
}

void show_table(const struct invocation *call)
{
    table_print(stdout, json_object_get(call->result, call->rows), call->columns);
}

/* What the table of fields does not know, a newer pvd may send. */
static void show_object(const json_t *object, const char *indent)
{
    const char *key;
    json_t *value;
    char text[CELL_BYTES];

    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        value_format(value, COLUMN_NUMBER, text, sizeof(text));
        printf("%s%s: %s\n", indent, key, text);
    }
}

void show_fields(const struct invocation *call)
{
    char text[CELL_BYTES];
    int width = 0;

    for (const struct column *field = call->columns; field->title; field++) {
        if ((int)strlen(field->title) > width)
            width = (int)strlen(field->title);
    }
    for (const struct column *field = call->columns; field->title; field++) {
        const json_t *value = json_object_get(call->result, field->key);

        if (!value || json_is_null(value))
            continue;
        value_format(value, field->kind, text, sizeof(text));
        printf("%s:%*s%s\n", field->title, width - (int)strlen(field->title) + 1, "", text);
        if (json_is_object(value))
            show_object(value, "  ");
    }
}

void show_text(const struct invocation *call)
{
    const char *text = json_string_value(json_object_get(call->result, "text"));

    fputs(text ? text : "", stdout);
}

void show_lines(const struct invocation *call)
{
    json_t *line;
    size_t i;

    json_array_foreach(json_object_get(call->result, call->rows), i, line)
    {
        if (json_is_string(line))
            puts(json_string_value(line));
    }
}

/* --- Results and errors --- */

static void print_json(json_t *object)
{
    json_dumpf(object, stdout, JSON_INDENT(2) | JSON_SORT_KEYS);
    putchar('\n');
    json_decref(object);
}

static json_t *envelope(const char *name)
{
    char schema[64];

    snprintf(schema, sizeof(schema), "pvctl.%s/1", name);
    return json_pack("{s:s}", "schema", schema);
}

static void print_warnings(const struct invocation *call)
{
    json_t *warning;
    size_t i;

    json_array_foreach(call->warnings, i, warning)
    {
        const char *file = json_string_value(json_object_get(warning, "file"));

        fprintf(stderr, "pvctl: warning: ");
        if (file)
            fprintf(stderr, "%s:%lld: ", file,
                    (long long)json_integer_value(json_object_get(warning, "line")));
        fprintf(stderr, "%s\n", json_string_value(json_object_get(warning, "message")));
    }
}

void output_result(struct invocation *call)
{
    if (call->settings->json) {
        json_t *object = envelope(call->command->name);

        json_object_set(object, "result", call->result ? call->result : json_object());
        json_object_set(object, "warnings", call->warnings);
        print_json(object);
        return;
    }
    if (!call->settings->quiet)
        print_warnings(call);
    if (call->show && call->result)
        call->show(call);
    fflush(stdout);
}

static void print_error_json(const struct error *error)
{
    json_t *object = envelope("error");

    json_object_set_new(object, "id", json_string(error->id));
    json_object_set_new(object, "code", json_integer((json_int_t)error->class));
    json_object_set_new(object, "message", json_string(error->message));
    json_object_set_new(object, "hint", json_string(error->hint));
    if (*error->file) {
        json_object_set_new(object, "file", json_string(error->file));
        json_object_set_new(object, "line", json_integer(error->line));
        json_object_set_new(object, "path", json_string(error->path));
    }
    print_json(object);
}

void output_error(const struct invocation *call, const struct settings *settings,
                  const struct error *error)
{
    bool color = settings->color && isatty(STDERR_FILENO);

    if (settings->json) {
        print_error_json(error);
        return;
    }
    if (call && !settings->quiet)
        print_warnings(call);
    fprintf(stderr, "%spvctl:%s ", color ? RED : "", color ? PLAIN : "");
    if (*error->file && error->line)
        fprintf(stderr, "%s:%u: ", error->file, error->line);
    else if (*error->file)
        fprintf(stderr, "%s: ", error->file);
    fprintf(stderr, "%s [%s]\n", error->message, error->id);
    if (*error->hint)
        fprintf(stderr, "pvctl: %s\n", error->hint);
    else
        fprintf(stderr, "pvctl: pvctl explain %s says what to do\n", error->id);
}
