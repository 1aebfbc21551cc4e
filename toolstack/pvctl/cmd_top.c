/* SPDX-License-Identifier: MIT */
/* top and stats: what domains use and what they make the hypervisor do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/values.h"
#include "pvctl/client.h"
#include "pvctl/numbers.h"
#include "pvctl/output.h"
#include "pvctl/top_screen.h"

#define NS_PER_S       1000000000ull
#define INTERVAL_NS    NS_PER_S
#define INTERVAL_S_MAX 3600u

const struct column top_columns[] = {
    { "Name", "name", COLUMN_TEXT },
    { "ID", "domid", COLUMN_NUMBER },
    { "State", "state", COLUMN_TEXT },
    { "CPU(%)", "cpu_percent", COLUMN_NUMBER },
    { "Mem(MiB)", "memory_bytes", COLUMN_MIB },
    { "VCPUs", "vcpus", COLUMN_NUMBER },
    { "Calls/s", "rates.hypercalls", COLUMN_RATE },
    { "Traps/s", "rates.traps", COLUMN_RATE },
    { "Sysc/s", "rates.system_calls", COLUMN_RATE },
    { "PTEs/s", "rates.page_table_updates", COLUMN_RATE },
    { "Events/s", "rates.upcalls", COLUMN_RATE },
    { "Switch/s", "rates.switches", COLUMN_RATE },
    { "NetRx(K/s)", "rates.net_received_bytes", COLUMN_KIB },
    { "NetTx(K/s)", "rates.net_sent_bytes", COLUMN_KIB },
    { "DiskRd(K/s)", "rates.disk_read_bytes", COLUMN_KIB },
    { "DiskWr(K/s)", "rates.disk_written_bytes", COLUMN_KIB },
    { 0 },
};

const struct column hypercall_columns[] = {
    { "Hypercall", "hypercall", COLUMN_TEXT },
    { "Count", "count", COLUMN_NUMBER },
    { "Per second", "rate", COLUMN_RATE },
    { 0 },
};

static const struct column stats_columns[] = {
    { "Name", "name", COLUMN_TEXT },
    { "ID", "domid", COLUMN_NUMBER },
    { "Time(s)", "cpu_time_ns", COLUMN_SECONDS },
    { "Calls", "counters.hypercalls", COLUMN_NUMBER },
    { "Traps", "counters.traps", COLUMN_NUMBER },
    { "Sysc", "counters.system_calls", COLUMN_NUMBER },
    { "Emulated", "counters.emulated", COLUMN_NUMBER },
    { "PTEs", "counters.page_table_updates", COLUMN_NUMBER },
    { "Events", "counters.upcalls", COLUMN_NUMBER },
    { "Sent", "counters.events_sent", COLUMN_NUMBER },
    { "Switches", "counters.switches", COLUMN_NUMBER },
    { "Grants", "counters.grant_maps", COLUMN_NUMBER },
    { "NetRx(MiB)", "net_received_bytes", COLUMN_MIB },
    { "NetTx(MiB)", "net_sent_bytes", COLUMN_MIB },
    { "DiskRd(MiB)", "disk_read_bytes", COLUMN_MIB },
    { "DiskWr(MiB)", "disk_written_bytes", COLUMN_MIB },
    { 0 },
};

static int read_interval(const struct invocation *call, uint64_t *interval_ns, struct error *error)
{
    const char *text = call->options[OPTION_interval];
    uint64_t seconds;

    *interval_ns = INTERVAL_NS;
    if (!text)
        return 0;
    if (!decimal_parse(text, INTERVAL_S_MAX, &seconds))
        return error_set(error, ERROR_USAGE, "PV-E0209", "'%.60s' is no number of seconds", text);
    *interval_ns = seconds * NS_PER_S;
    return 0;
}

/* Totals for people; programs get the rates of an interval too. */
int command_stats(struct invocation *call, struct error *error)
{
    json_t *arguments = json_object();
    uint64_t interval_ns;
    int result;

    call->show = show_table;
    call->rows = "domains";
    call->columns = stats_columns;
    if (call->word_count)
        json_object_set_new(arguments, "domain", json_string(call->words[0]));
    result = read_interval(call, &interval_ns, error);
    if (!call->settings->json && !call->options[OPTION_interval])
        interval_ns = 0;
    if (!result)
        result =
            numbers_sample(call, REQUEST_ID_stats, arguments, interval_ns, &call->result, error);
    json_decref(arguments);
    return result;
}

int command_top(struct invocation *call, struct error *error)
{
    bool once = call->options[OPTION_once] || call->settings->json || !isatty(STDOUT_FILENO);
    uint64_t interval_ns;

    call->show = show_table;
    call->rows = call->options[OPTION_hypercalls] ? "hypercalls" : "domains";
    call->columns = call->options[OPTION_hypercalls] ? hypercall_columns : top_columns;
    if (read_interval(call, &interval_ns, error))
        return -1;
    if (once)
        return numbers_sample(call, REQUEST_ID_stats, NULL, interval_ns, &call->result, error);
    call->show = NULL;
    return top_screen_run(call, interval_ns ? interval_ns : INTERVAL_NS, error);
}
