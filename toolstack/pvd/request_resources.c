/* SPDX-License-Identifier: MIT */
/* Requests about a guest's processors and memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/values.h"
#include "control/sysctl.h"
#include "pvd/guest.h"

#define SLACK_BYTES (1ULL << 20) /* as the builder has it */

static struct guest *guest_or_fail(struct request *request)
{
    struct error error;
    struct guest *guest = guest_of_request(request, &error);

    if (guest && guest->phase != GUEST_ALIVE) {
        error_set(&error, ERROR_STATE, "PV-E0605", "%s is not running", guest->config.name);
        guest = NULL;
    }
    if (!guest)
        request_fail(request, &error);
    return guest;
}

static void fail_by(struct request *request, int result)
{
    struct error error;

    error_set(&error, ERROR_FAILED, "PV-E0154", "the hypervisor refuses: %s", strerror(-result));
    request_fail(request, &error);
}

/* The change is written down before it is answered. */
static void answer_change(struct request *request, struct guest *guest, json_t *result)
{
    struct error error;

    guest_event(guest, "changed", "%u vCPUs, %llu of %llu MiB, weight %u, cap %u",
                guest->config.vcpus, (unsigned long long)(guest->config.memory_bytes >> 20),
                (unsigned long long)(guest->config.max_memory_bytes >> 20), guest->config.weight,
                guest->config.cap);
    if (!guest_journal_write(guest, &error)) {
        request_answer(request, result);
        return;
    }
    json_decref(result);
    request_fail(request, &error);
}

/* Writes a node that the guest watches. */
static int tell_guest(struct guest *guest, const char *below, const char *value)
{
    char *path = guest_path(guest, below);
    int result = store_write(guest->pvd->store, NULL, path, value);

    free(path);
    return result;
}

/* ---- vCPUs ---- */

const char *vcpu_state(const struct xen_domctl_getvcpuinfo *info)
{
    if (!info->online)
        return "offline";
    if (info->running)
        return "running";
    return info->blocked ? "blocked" : "ready";
}

static void add_vcpus(json_t *list, const struct guest *guest)
{
    for (uint32_t i = 0; i < guest->config.max_vcpus; i++) {
        struct xen_domctl_getvcpuinfo info;
        uint64_t cpus = CPU_MASK_ALL;
        char text[CPUS_TEXT_BYTES];

        if (domctl_vcpu_info(guests_control(), guest->built.domid, i, &info))
            continue;
        if (domctl_get_affinity(guests_control(), guest->built.domid, i, &cpus))
            cpus = CPU_MASK_ALL;
        cpus_format(cpus, text);
        json_array_append_new(list,
                              json_pack("{s:i, s:s, s:i, s:i, s:s, s:I, s:s}", "domid",
                                        (int)guest->built.domid, "name", guest->config.name, "vcpu",
                                        (int)i, "cpu", info.online ? (int)info.cpu : -1, "state",
                                        vcpu_state(&info), "cpu_time_ns", (json_int_t)info.cpu_time,
                                        "affinity", text));
    }
}

void request_vcpu_list(struct request *request)
{
    json_t *list = json_array();

    if (json_object_get(request->arguments, "domain")) {
        const struct guest *guest = guest_or_fail(request);

        if (!guest) {
            json_decref(list);
            return;
        }
        add_vcpus(list, guest);
    } else {
        list_for_each(link, guests_all()) add_vcpus(list, container_of(link, struct guest, link));
    }
    request_answer(request, json_pack("{s:o}", "vcpus", list));
}

void request_vcpu_set(struct request *request)
{
    struct guest *guest = guest_or_fail(request);
    struct error error;
    uint64_t count;
    char below[32];

    if (!guest)
        return;
    if (request_number(request, "count", DOMAIN_VCPUS_MAX, &count, &error)) {
        request_fail(request, &error);
        return;
    }
    if (!count || count > guest->config.max_vcpus) {
        error_set(&error, ERROR_INPUT, "PV-E0352", "%s can have 1 to %u vCPUs, not %llu",
                  guest->config.name, guest->config.max_vcpus, (unsigned long long)count);
        request_fail(request, &error);
        return;
    }
    for (uint32_t i = 0; i < guest->config.max_vcpus; i++) {
        snprintf(below, sizeof(below), "cpu/%u/availability", i);
        if (tell_guest(guest, below, i < count ? "online" : "offline")) {
            error_set(&error, ERROR_FAILED, "PV-E0155", "the store refuses %s", below);
            request_fail(request, &error);
            return;
        }
    }
    guest->config.vcpus = (uint32_t)count;
    answer_change(request, guest, json_object());
}

static void remember_pin(struct domain_config *config, uint32_t vcpu, cpu_mask_t cpus)
{
    struct vcpu_pin *pin = NULL;

    for (size_t i = 0; i < config->pin_count; i++) {
        if (config->pins[i].vcpu == vcpu)
            pin = &config->pins[i];
    }
    if (!pin)
        pin = domain_config_add_pin(config);
    if (pin)
        *pin = (struct vcpu_pin){ .vcpu = vcpu, .cpus = cpus };
}

static bool has_none_of(cpu_mask_t cpus)
{
    struct xen_sysctl_physinfo info = { 0 };

    if (sysctl_physinfo(guests_control(), &info) || info.nr_cpus >= DOMAIN_CPUS_MAX)
        return false; /* the hypervisor will say */
    return !(cpus & (((cpu_mask_t)1 << info.nr_cpus) - 1));
}

void request_vcpu_pin(struct request *request)
{
    struct guest *guest = guest_or_fail(request);
    json_int_t wanted = json_integer_value(json_object_get(request->arguments, "vcpu"));
    const char *text;
    cpu_mask_t cpus;
    struct error error;

    if (!guest)
        return;
    if (request_string(request, "cpus", &text, &error)) {
        request_fail(request, &error);
        return;
    }
    if (!cpus_parse(text, &cpus) || wanted >= (json_int_t)guest->config.max_vcpus || wanted < -1) {
        error_set(&error, ERROR_INPUT, "PV-E0353",
                  "%s has no vCPU %lld, or \"%s\" is no set of CPUs", guest->config.name,
                  (long long)wanted, text);
        error_hint(&error, "pvctl vcpu-list %s shows its vCPUs; a set is as 0-3,5",
                   guest->config.name);
        request_fail(request, &error);
        return;
    }
    if (has_none_of(cpus)) {
        error_set(&error, ERROR_INPUT, "PV-E0357", "this host has none of the CPUs %s", text);
        error_hint(&error, "pvctl info shows how many it has; they are counted from 0");
        request_fail(request, &error);
        return;
    }
    for (uint32_t i = 0; i < guest->config.max_vcpus; i++) {
        uint64_t effective = cpus;
        int result;

        if (wanted != -1 && wanted != (json_int_t)i)
            continue;
        result = domctl_set_affinity(guests_control(), guest->built.domid, i, &effective);
        if (result) {
            fail_by(request, result);
            return;
        }
        remember_pin(&guest->config, i, cpus);
    }
    answer_change(request, guest, json_object());
}

/* ---- shares ---- */

static json_t *shares_of(const struct guest *guest)
{
    uint16_t weight, cap;

    if (guest->phase != GUEST_ALIVE ||
        domctl_get_scheduling(guests_control(), guest->built.domid, &weight, &cap)) {
        weight = (uint16_t)guest->config.weight;
        cap = (uint16_t)guest->config.cap;
    }
    return json_pack("{s:i, s:s, s:i, s:i}", "domid", (int)guest->built.domid, "name",
                     guest->config.name, "weight", (int)weight, "cap", (int)cap);
}

void request_sched(struct request *request)
{
    struct guest *guest = guest_or_fail(request);
    uint64_t weight, cap;
    struct error error;
    int result;

    if (!guest)
        return;
    weight = request_number_or(request, "weight", guest->config.weight);
    cap = request_number_or(request, "cap", guest->config.cap);
    if (!weight || weight > UINT16_MAX || cap > UINT16_MAX) {
        error_set(&error, ERROR_INPUT, "PV-E0354", "weight is 1 to 65535, cap 0 to 65535 percent");
        request_fail(request, &error);
        return;
    }
    result = domctl_set_scheduling(guests_control(), guest->built.domid, (uint16_t)weight,
                                   (uint16_t)cap);
    if (result) {
        fail_by(request, result);
        return;
    }
    guest->config.weight = (uint32_t)weight;
    guest->config.cap = (uint32_t)cap;
    answer_change(request, guest, shares_of(guest));
}

void request_sched_get(struct request *request)
{
    json_t *list = json_array();

    if (json_object_get(request->arguments, "domain")) {
        const struct guest *guest = guest_or_fail(request);

        if (!guest) {
            json_decref(list);
            return;
        }
        json_array_append_new(list, shares_of(guest));
    } else {
        list_for_each(link, guests_all())
            json_array_append_new(list, shares_of(container_of(link, struct guest, link)));
    }
    request_answer(request, json_pack("{s:o}", "domains", list));
}

/* ---- memory ---- */

static int set_number(struct guest *guest, const char *below, uint64_t number)
{
    char text[24];

    snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
    return tell_guest(guest, below, text);
}

void request_mem_set(struct request *request)
{
    struct guest *guest = guest_or_fail(request);
    struct error error;
    uint64_t bytes;

    if (!guest)
        return;
    if (request_number(request, "memory_bytes", MEMORY_BYTES_MAX, &bytes, &error)) {
        request_fail(request, &error);
    } else if (bytes < MEMORY_BYTES_MIN || bytes > guest->config.max_memory_bytes) {
        error_set(&error, ERROR_INPUT, "PV-E0355", "%s can have %llu to %llu MiB",
                  guest->config.name, (unsigned long long)(MEMORY_BYTES_MIN >> 20),
                  (unsigned long long)(guest->config.max_memory_bytes >> 20));
        error_hint(&error, "mem-max raises the limit");
        request_fail(request, &error);
    } else if (set_number(guest, "memory/target", bytes >> 10)) {
        error_set(&error, ERROR_FAILED, "PV-E0155", "the store refuses memory/target");
        request_fail(request, &error);
    } else {
        guest->config.memory_bytes = bytes;
        answer_change(request, guest, json_object());
    }
}

void request_mem_max(struct request *request)
{
    struct guest *guest = guest_or_fail(request);
    struct error error;
    uint64_t bytes;
    int result;

    if (!guest)
        return;
    if (request_number(request, "max_memory_bytes", MEMORY_BYTES_MAX, &bytes, &error)) {
        request_fail(request, &error);
        return;
    }
    if (bytes < guest->config.memory_bytes) {
        error_set(&error, ERROR_INPUT, "PV-E0356", "%s has %llu MiB now", guest->config.name,
                  (unsigned long long)(guest->config.memory_bytes >> 20));
        error_hint(&error, "lower that first with mem-set");
        request_fail(request, &error);
        return;
    }
    result = domctl_set_memory_max(guests_control(), guest->built.domid, bytes + SLACK_BYTES);
    if (result) {
        fail_by(request, result);
        return;
    }
    guest->config.max_memory_bytes = bytes;
    answer_change(request, guest, json_object());
}
