/* SPDX-License-Identifier: MIT */
/* vcpu-pin, sched, mem-set, mem-max. */
#include <stdlib.h>
#include <string.h>

#include "config/values.h"
#include "pvctl/client.h"
#include "pvctl/output.h"
#include "pvctl/size.h"

static int wrong_number(const char *what, const char *text, struct error *error)
{
    return error_set(error, ERROR_USAGE, "PV-E0209", "'%.60s' is no %s", text, what);
}

int command_vcpu_pin(struct invocation *call, struct error *error)
{
    json_int_t vcpu = -1;
    cpu_mask_t cpus;
    uint64_t number;

    if (strcmp(call->words[1], "all") != 0) {
        if (!decimal_parse(call->words[1], DOMAIN_VCPUS_MAX - 1, &number))
            return wrong_number("number of a vCPU, nor all", call->words[1], error);
        vcpu = (json_int_t)number;
    }
    if (!cpus_parse(call->words[2], &cpus))
        return wrong_number("set of CPUs, such as 0-3,5 or all", call->words[2], error);
    return client_ask(call->settings, REQUEST_ID_vcpu_pin,
                      json_pack("{s:s, s:I, s:s}", "domain", call->words[0], "vcpu", vcpu, "cpus",
                                call->words[2]),
                      &call->result, error);
}

/* --- sched --- */

static const struct column sched_columns[] = {
    { "Name", "name", COLUMN_TEXT },
    { "ID", "domid", COLUMN_NUMBER },
    { "Weight", "weight", COLUMN_NUMBER },
    { "Cap(%)", "cap", COLUMN_NUMBER },
    { 0 },
};

static int sched_show(struct invocation *call, struct error *error)
{
    json_t *arguments = call->word_count ? json_pack("{s:s}", "domain", call->words[0]) : NULL;

    call->show = show_table;
    call->rows = "domains";
    call->columns = sched_columns;
    return client_ask(call->settings, REQUEST_ID_sched_get, arguments, &call->result, error);
}

static int add_number(const struct invocation *call, enum option_id id, uint64_t most,
                      json_t *arguments, struct error *error)
{
    uint64_t number;

    if (!call->options[id])
        return 0;
    if (!decimal_parse(call->options[id], most, &number))
        return wrong_number(option_rows[id].name, call->options[id], error);
    json_object_set_new(arguments, option_rows[id].name, json_integer((json_int_t)number));
    return 0;
}

int command_sched(struct invocation *call, struct error *error)
{
    json_t *arguments;

    if (!call->options[OPTION_weight] && !call->options[OPTION_cap])
        return sched_show(call, error);
    if (!call->word_count)
        return error_set(error, ERROR_USAGE, "PV-E0206", "sched needs a domain to change it");
    arguments = json_pack("{s:s}", "domain", call->words[0]);
    if (add_number(call, OPTION_weight, UINT16_MAX, arguments, error) ||
        add_number(call, OPTION_cap, 100 * DOMAIN_VCPUS_MAX, arguments, error)) {
        json_decref(arguments);
        return -1;
    }
    call->show = show_fields;
    call->columns = sched_columns;
    return client_ask(call->settings, REQUEST_ID_sched, arguments, &call->result, error);
}

/* --- Memory --- */

int command_mem_set(struct invocation *call, struct error *error)
{
    bool is_max = !strcmp(call->command->name, "mem-max");
    uint64_t bytes;

    if (!size_parse(call->words[1], &bytes)) {
        error_set(error, ERROR_USAGE, "PV-E0215", "'%.40s' is no size from 4M to 4T",
                  call->words[1]);
        return error_hint(error, "a number with K, M, G or T; without a unit it is MiB");
    }
    return client_ask(call->settings, is_max ? REQUEST_ID_mem_max : REQUEST_ID_mem_set,
                      json_pack("{s:s, s:I}", "domain", call->words[0],
                                is_max ? "max_memory_bytes" : "memory_bytes", (json_int_t)bytes),
                      &call->result, error);
}
