/* SPDX-License-Identifier: MIT */
/* dmesg, logs, events: texts that may go on. */
#include <stdio.h>
#include <string.h>

#include "config/values.h"
#include "pvctl/client.h"
#include "pvctl/output.h"
#include "pvctl/stream.h"

#define LOG_BYTES_MAX (1UL << 40)

static void write_text(const struct invocation *call, const json_t *event)
{
    const char *text = json_string_value(json_object_get(event, "text"));

    (void)call;
    fputs(text ? text : "", stdout);
    fflush(stdout);
}

int command_dmesg(struct invocation *call, struct error *error)
{
    call->show = show_text;
    if (call->options[OPTION_clear])
        return client_ask(call->settings, REQUEST_ID_dmesg_clear, NULL, &call->result, error);
    return stream_run(call, REQUEST_ID_dmesg,
                      json_pack("{s:b, s:b}", "clear", 0, "follow",
                                call->options[OPTION_follow] != NULL),
                      write_text, error);
}

int command_logs(struct invocation *call, struct error *error)
{
    json_t *arguments = json_pack("{s:s, s:b}", "domain", call->words[0], "follow",
                                  call->options[OPTION_follow] != NULL);
    const char *bytes = call->options[OPTION_bytes];
    uint64_t number;

    if (bytes) {
        if (!decimal_parse(bytes, LOG_BYTES_MAX, &number)) {
            json_decref(arguments);
            return error_set(error, ERROR_USAGE, "PV-E0209", "'%.60s' is no number of bytes",
                             bytes);
        }
        json_object_set_new(arguments, "bytes", json_integer((json_int_t)number));
    }
    return stream_run(call, REQUEST_ID_logs, arguments, stream_write_data, error);
}

/* One line each, for people and for programs. */
static void write_event(const struct invocation *call, const json_t *event)
{
    static const struct column columns[] = {
        { "Time", "time", COLUMN_TEXT },     { "Event", "event", COLUMN_TEXT },
        { "ID", "domid", COLUMN_NUMBER },    { "Name", "name", COLUMN_TEXT },
        { "Detail", "detail", COLUMN_TEXT }, { 0 },
    };
    char text[256];

    if (call->settings->json) {
        json_dumpf(event, stdout, JSON_COMPACT | JSON_SORT_KEYS);
        putchar('\n');
        fflush(stdout);
        return;
    }
    for (const struct column *column = columns; column->title; column++) {
        value_format(json_object_get(event, column->key), column->kind, text, sizeof(text));
        printf("%s%s", text, column[1].title ? "  " : "\n");
    }
    fflush(stdout);
}

int command_events(struct invocation *call, struct error *error)
{
    return stream_run(call, REQUEST_ID_events, NULL, write_event, error);
}
