/* SPDX-License-Identifier: MIT */
/* top: what domains use, once or every few seconds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pvctl/client.h"
#include "pvctl/interrupt.h"
#include "pvctl/output.h"

#define SECONDS_BETWEEN 2
#define CLEAR_SCREEN    "\033[H\033[J"

static const struct column top_columns[] = {
    { "Name", "name", COLUMN_TEXT },
    { "ID", "domid", COLUMN_NUMBER },
    { "State", "state", COLUMN_TEXT },
    { "CPU(%)", "cpu_percent", COLUMN_NUMBER },
    { "Time(s)", "cpu_time_ns", COLUMN_SECONDS },
    { "Mem(MiB)", "memory_bytes", COLUMN_MIB },
    { "VCPUs", "vcpus", COLUMN_NUMBER },
    { "NetRx(MiB)", "net_received_bytes", COLUMN_MIB },
    { "NetTx(MiB)", "net_sent_bytes", COLUMN_MIB },
    { "DiskRd(MiB)", "disk_read_bytes", COLUMN_MIB },
    { "DiskWr(MiB)", "disk_written_bytes", COLUMN_MIB },
    { 0 },
};

static const struct column hypercall_columns[] = {
    { "Name", "name", COLUMN_TEXT },
    { "Hypercall", "hypercall", COLUMN_TEXT },
    { "Count", "count", COLUMN_NUMBER },
    { 0 },
};

static json_int_t number_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static const json_t *same_domain(const json_t *result, json_int_t domid)
{
    const json_t *domain;
    size_t i;

    json_array_foreach(json_object_get(result, "domains"), i, domain)
    {
        if (number_of(domain, "domid") == domid)
            return domain;
    }
    return NULL;
}

/* Percent of one CPU since @before, into each domain of @now. */
static void add_percent(json_t *now, const json_t *before)
{
    json_int_t elapsed = number_of(now, "time_ns") - number_of(before, "time_ns");
    json_t *domain;
    size_t i;

    json_array_foreach(json_object_get(now, "domains"), i, domain)
    {
        const json_t *then = same_domain(before, number_of(domain, "domid"));
        json_int_t used = number_of(domain, "cpu_time_ns") - number_of(then, "cpu_time_ns");

        if (then && elapsed > 0)
            json_object_set_new(domain, "cpu_percent",
                                json_real((double)used * 100 / (double)elapsed));
    }
}

/* A row for each domain and hypercall. */
static json_t *hypercall_rows(const json_t *result)
{
    json_t *rows = json_array(), *domain, *count;
    const char *name;
    size_t i;

    json_array_foreach(json_object_get(result, "domains"), i, domain)
    {
        json_object_foreach(json_object_get(domain, "hypercalls"), name, count)
        {
            json_t *row = json_pack("{s:s, s:O}", "hypercall", name, "count", count);

            json_object_set(row, "name", json_object_get(domain, "name"));
            json_array_append_new(rows, row);
        }
    }
    return rows;
}

static int sample(struct invocation *call, json_t **result, struct error *error)
{
    bool hypercalls = call->options[OPTION_hypercalls] != NULL;

    if (client_ask(call->settings, REQUEST_ID_top, json_pack("{s:b}", "hypercalls", hypercalls),
                   result, error))
        return -1;
    if (hypercalls)
        json_object_set_new(*result, "rows", hypercall_rows(*result));
    return 0;
}

int command_top(struct invocation *call, struct error *error)
{
    bool once = call->options[OPTION_once] || call->settings->json || !isatty(STDOUT_FILENO);
    json_t *next;

    call->show = show_table;
    call->rows = call->options[OPTION_hypercalls] ? "rows" : "domains";
    call->columns = call->options[OPTION_hypercalls] ? hypercall_columns : top_columns;
    if (sample(call, &call->result, error))
        return -1;
    if (once)
        return 0;
    interrupt_watch();
    while (!interrupt_has_come()) {
        fputs(CLEAR_SCREEN, stdout);
        show_table(call);
        fflush(stdout);
        sleep(SECONDS_BETWEEN);
        if (interrupt_has_come())
            break;
        if (sample(call, &next, error))
            return -1;
        add_percent(next, call->result);
        json_decref(call->result);
        call->result = next;
    }
    call->show = NULL;
    return 0;
}
