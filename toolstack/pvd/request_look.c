/* SPDX-License-Identifier: MIT */
/* Requests that describe guests and the host. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/memory.h"
#include "config/values.h"
#include "control/sysctl.h"
#include "hypercall-abi/xen.h"
#include "pvd/guest.h"

#define PAGE_BYTES 4096u
#define NS_PER_S   1000000000ull

static int refused(struct error *error, int result)
{
    return error_set(error, ERROR_FAILED, "PV-E0154", "the hypervisor refuses: %s",
                     strerror(-result));
}

/* The control domain is in lists too; it is no guest of ours. */
static json_t *describe_control_domain(const struct xen_domctl_getdomaininfo *info)
{
    return json_pack("{s:i, s:s, s:s, s:s, s:s, s:i, s:i, s:I, s:I, s:I, s:i, s:i, s:s}", "domid",
                     0, "name", "Domain-0", "uuid", "00000000-0000-0000-0000-000000000000", "state",
                     "running", "reason", "", "vcpus", (int)info->nr_online_vcpus, "max_vcpus",
                     (int)info->max_vcpu_id + 1, "memory_bytes",
                     (json_int_t)info->tot_pages * PAGE_BYTES, "max_memory_bytes",
                     (json_int_t)info->max_pages * PAGE_BYTES, "cpu_time_ns",
                     (json_int_t)info->cpu_time, "weight", (int)WEIGHT_DEFAULT, "cap", 0, "created",
                     "");
}

json_t *control_domain_to_json(void)
{
    struct xen_domctl_getdomaininfo info;

    return domctl_info(guests_control(), 0, &info) ? NULL : describe_control_domain(&info);
}

static json_t *domains_to_json(void)
{
    json_t *list = json_array();

    json_array_append_new(list, control_domain_to_json());
    list_for_each(link, guests_all())
        json_array_append_new(list, guest_to_json(container_of(link, struct guest, link)));
    return list;
}

void request_list(struct request *request)
{
    request_answer(request, json_pack("{s:o}", "domains", domains_to_json()));
}

static void cpu_model(char *text, size_t room)
{
    FILE *file = fopen("/proc/cpuinfo", "re");
    char line[256];

    snprintf(text, room, "unknown");
    while (file && fgets(line, sizeof(line), file)) {
        const char *value = strstr(line, ": ");

        if (!strncmp(line, "model name", 10) && value) {
            snprintf(text, room, "%.*s", (int)strcspn(value + 2, "\n"), value + 2);
            break;
        }
    }
    if (file)
        fclose(file);
}

uint64_t uptime_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static int count_guests(void)
{
    int count = 0;

    list_for_each(link, guests_all()) count++;
    return count;
}

void request_info(struct request *request)
{
    struct xen_sysctl_physinfo info = { 0 };
    struct sysctl_version version;
    struct error error;
    char model[128], number[32];
    unsigned threads, per_socket;
    int result = sysctl_physinfo(guests_control(), &info);

    if (!result)
        result = sysctl_version(guests_control(), &version);
    if (result) {
        refused(&error, result);
        request_fail(request, &error);
        return;
    }
    cpu_model(model, sizeof(model));
    snprintf(number, sizeof(number), "%u.%u%s", version.major, version.minor, version.extra);
    threads = info.threads_per_core ? info.threads_per_core : 1;
    per_socket = (info.cores_per_socket ? info.cores_per_socket : 1) * threads;
    request_answer(request,
                   json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:I, s:I, s:i, s:I, s:s}", "version",
                             number, "cpu_model", model, "cpus", (int)info.nr_cpus, "cores",
                             (int)(info.nr_cpus / threads), "sockets",
                             (int)((info.nr_cpus + per_socket - 1) / per_socket), "cpu_khz",
                             (int)info.cpu_khz, "memory_bytes",
                             (json_int_t)info.total_pages * PAGE_BYTES, "free_memory_bytes",
                             (json_int_t)info.free_pages * PAGE_BYTES, "domains",
                             count_guests() + 1, "uptime_ns", (json_int_t)uptime_ns(),
                             "hypervisor_command_line", version.command_line));
}

void request_dominfo(struct request *request)
{
    struct error error;
    struct guest *guest = guest_of_request(request, &error);
    const struct domain_config *config;
    json_t *json, *more;

    if (!guest) {
        request_fail(request, &error);
        return;
    }
    config = &guest->config;
    json = guest_to_json(guest);
    more = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:s}", "on_poweroff",
                     domain_action_words[config->on_poweroff], "on_reboot",
                     domain_action_words[config->on_reboot], "on_crash",
                     domain_action_words[config->on_crash], "kernel",
                     config->kernel ? config->kernel : "", "cmdline",
                     config->cmdline ? config->cmdline : "", "disks", (int)config->disk_count,
                     "nics", (int)config->nic_count, "console_log",
                     config->console_log ? config->console_log : "");
    json_object_update(json, more);
    json_decref(more);
    request_answer(request, json);
}

void request_config(struct request *request)
{
    struct error error;
    struct guest *guest = guest_of_request(request, &error);

    if (!guest) {
        request_fail(request, &error);
        return;
    }
    request_answer(request, json_pack("{s:o, s:i}", "config", domain_config_to_json(&guest->config),
                                      "domid", (int)guest->built.domid));
}

/* ---- versions ---- */

void request_version(struct request *request)
{
    struct sysctl_version version;
    struct utsname kernel;
    struct error error;
    char hypervisor[64];
    int result = sysctl_version(guests_control(), &version);

    if (result) {
        refused(&error, result);
        request_fail(request, &error);
        return;
    }
    uname(&kernel);
    snprintf(hypervisor, sizeof(hypervisor), "%u.%u%s", version.major, version.minor,
             version.extra);
    request_answer(request, json_pack("{s:s, s:s, s:s}", "pvd", PARAPET_VERSION, "hypervisor",
                                      hypervisor, "kernel", kernel.release));
}

void request_capabilities(struct request *request)
{
    struct sysctl_version version;
    struct error error;
    json_t *abi = json_array();
    int result = sysctl_version(guests_control(), &version);

    if (result) {
        json_decref(abi);
        refused(&error, result);
        request_fail(request, &error);
        return;
    }
    for (char *word = strtok(version.capabilities, " "); word; word = strtok(NULL, " "))
        json_array_append_new(abi, json_string(word));
    request_answer(request, json_pack("{s:o, s:[sss], s:{s:i, s:i, s:i, s:i}, s:[sss]}", "abi", abi,
                                      "features", "pv", "hotplug", "balloon", "limits", "vcpus",
                                      (int)DOMAIN_VCPUS_MAX, "disks", (int)DOMAIN_DISKS_MAX, "nics",
                                      (int)DOMAIN_NICS_MAX, "cpus", (int)DOMAIN_CPUS_MAX, "devices",
                                      "disk file", "disk block", "nic bridge"));
}

/* ---- the daemon ---- */

static time_t started;

__attribute__((constructor)) static void note_start(void)
{
    started = time(NULL);
}

void request_daemon_status(struct request *request)
{
    struct store_numbers store;
    json_t *json;
    char text[32];

    time_to_text(started, text);
    store_numbers(request->pvd->store, &store);
    json = json_pack("{s:s, s:i, s:s, s:I, s:i}", "version", PARAPET_VERSION, "pid", (int)getpid(),
                     "started", text, "uptime_ns",
                     (json_int_t)(time(NULL) - started) * (json_int_t)NS_PER_S, "domains",
                     count_guests());
    json_object_update_new(json, json_pack("{s:I, s:I, s:I, s:I, s:I}", "connections",
                                           (json_int_t)store.connections, "store_nodes",
                                           (json_int_t)store.nodes, "store_bytes",
                                           (json_int_t)store.value_bytes, "store_watches",
                                           (json_int_t)store.watches, "store_transactions",
                                           (json_int_t)store.transactions));
    request_answer(request, json);
}
