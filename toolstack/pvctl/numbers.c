/* SPDX-License-Identifier: MIT */
#include "pvctl/numbers.h"

#include <poll.h>
#include <string.h>

#include "pvctl/client.h"
#include "pvctl/interrupt.h"

#define NS_PER_S         1000000000.0
#define NS_PER_MS        1000000u
#define HYPERCALL_PREFIX "hypercall."

static const char *const traffic[] = { "net_received_bytes", "net_sent_bytes", "disk_read_bytes",
                                       "disk_written_bytes" };

static json_int_t number_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

/* The element of @list whose @key is that of @wanted; NULL: there is none. */
static const json_t *same_element(const json_t *list, const json_t *wanted, const char *key)
{
    const json_t *element;
    size_t i;

    json_array_foreach(list, i, element)
    {
        if (json_equal(json_object_get(element, key), json_object_get(wanted, key)))
            return element;
    }
    return NULL;
}

/* Per second; a total that went down was counted anew. */
static void add_rate(json_t *rates, const char *key, json_int_t now, json_int_t before,
                     double seconds)
{
    double done = now > before ? (double)(now - before) : 0;

    json_object_set_new(rates, key, json_real(done / seconds));
}

static json_t *rates_of(const json_t *now, const json_t *before, double seconds)
{
    json_t *rates = json_object(), *value;
    const json_t *counters = json_object_get(before, "counters");
    const char *key;

    json_object_foreach(json_object_get(now, "counters"), key, value)
    {
        add_rate(rates, key, json_integer_value(value), number_of(counters, key), seconds);
    }
    for (size_t i = 0; i < sizeof(traffic) / sizeof(traffic[0]); i++) {
        if (json_object_get(now, traffic[i]))
            add_rate(rates, traffic[i], number_of(now, traffic[i]), number_of(before, traffic[i]),
                     seconds);
    }
    return rates;
}

static void add_percent(json_t *now, const json_t *before, double seconds)
{
    json_int_t used = number_of(now, "cpu_time_ns") - number_of(before, "cpu_time_ns");

    json_object_set_new(now, "cpu_percent",
                        json_real(used > 0 ? (double)used * 100 / (seconds * NS_PER_S) : 0));
}

static void add_to_vcpus(json_t *now, const json_t *before, double seconds)
{
    const json_t *vcpus = json_object_get(before, "vcpu_list");
    json_t *vcpu;
    size_t i;

    json_array_foreach(json_object_get(now, "vcpu_list"), i, vcpu)
    {
        const json_t *then = same_element(vcpus, vcpu, "vcpu");

        if (!then)
            continue;
        add_percent(vcpu, then, seconds);
        json_object_set_new(vcpu, "rates", rates_of(vcpu, then, seconds));
    }
}

void numbers_add_rates(json_t *now, const json_t *before)
{
    json_int_t elapsed = number_of(now, "time_ns") - number_of(before, "time_ns");
    double seconds = (double)elapsed / NS_PER_S;
    json_t *domain;
    size_t i;

    if (elapsed <= 0)
        return;
    json_object_set_new(now, "interval_ns", json_integer(elapsed));
    json_array_foreach(json_object_get(now, "domains"), i, domain)
    {
        const json_t *then = same_element(json_object_get(before, "domains"), domain, "domid");

        if (!then)
            continue;
        add_percent(domain, then, seconds);
        json_object_set_new(domain, "rates", rates_of(domain, then, seconds));
        add_to_vcpus(domain, then, seconds);
    }
}

int numbers_sample(struct invocation *call, enum request_id request, json_t *arguments,
                   uint64_t interval_ns, json_t **result, struct error *error)
{
    struct pollfd interrupt = { .events = POLLIN };
    json_t *before;

    if (!interval_ns)
        return client_ask(call->settings, request, json_incref(arguments), result, error);
    if (client_ask(call->settings, request, json_incref(arguments), &before, error))
        return -1;
    interrupt_watch();
    interrupt.fd = interrupt_fd();
    if (poll(&interrupt, 1, (int)(interval_ns / NS_PER_MS)) > 0) {
        json_decref(before);
        return error_set(error, ERROR_FAILED, "PV-E0105", "interrupted");
    }
    if (client_ask(call->settings, request, json_incref(arguments), result, error)) {
        json_decref(before);
        return -1;
    }
    numbers_add_rates(*result, before);
    json_object_set_new(*result, "hypercalls", numbers_hypercalls(*result, before));
    json_decref(before);
    return 0;
}

json_t *numbers_hypercalls(const json_t *now, const json_t *before)
{
    json_t *rows = json_array(), *value;
    const json_t *counters = json_object_get(before, "counters");
    double seconds = (double)(number_of(now, "time_ns") - number_of(before, "time_ns")) / NS_PER_S;
    const char *key;

    json_object_foreach(json_object_get(now, "counters"), key, value)
    {
        json_t *row;

        if (strncmp(key, HYPERCALL_PREFIX, strlen(HYPERCALL_PREFIX)) != 0 ||
            !json_integer_value(value))
            continue;
        row = json_pack("{s:s, s:O}", "hypercall", key + strlen(HYPERCALL_PREFIX), "count", value);
        if (before && seconds > 0)
            add_rate(row, "rate", json_integer_value(value), number_of(counters, key), seconds);
        json_array_append_new(rows, row);
    }
    return rows;
}
