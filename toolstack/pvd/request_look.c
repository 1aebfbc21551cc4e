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

#define PAGE_BYTES   4096u
#define CPUS_MAX     64u
#define COUNTERS_MAX 512u
#define NS_PER_S     1000000000ull

static int refused(struct error *error, int result)
{
    return error_set(error, ERROR_FAILED, "PV-E0154", "the hypervisor refuses: %s",
                     strerror(-result));
}

/* The control domain is in lists too; it is no guest of ours. */
static json_t *control_domain_to_json(const struct xen_domctl_getdomaininfo *info)
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

static json_t *domains_to_json(void)
{
    json_t *list = json_array();
    struct xen_domctl_getdomaininfo info;

    if (!domctl_info(guests_control(), 0, &info))
        json_array_append_new(list, control_domain_to_json(&info));
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

static uint64_t uptime_ns(void)
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

/* ---- numbers ---- */

static json_t *counters_to_json(void)
{
    static struct sysctl_counter counters[COUNTERS_MAX];
    int count = sysctl_counters(guests_control(), counters, COUNTERS_MAX);
    json_t *json = json_object();

    for (int i = 0; i < count; i++)
        json_object_set_new(json, counters[i].name, json_integer((json_int_t)counters[i].value));
    return json;
}

static uint64_t number_in_file(const char *path)
{
    FILE *file = fopen(path, "re");
    unsigned long long number = 0;

    if (file && fscanf(file, "%llu", &number) != 1)
        number = 0;
    if (file)
        fclose(file);
    return number;
}

static uint64_t nic_number(const struct device *device, const char *name)
{
    char interface[INTERFACE_BYTES], path[128];

    nic_interface_name(device, interface);
    snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s", interface, name);
    return number_in_file(path);
}

static uint64_t disk_number(const struct device *device, const char *name)
{
    char path[128];

    snprintf(path, sizeof(path), "/sys/bus/xen-backend/devices/vbd-%u-%u/statistics/%s",
             device->domid, device->number, name);
    return number_in_file(path);
}

static bool is_disk(const struct device *device)
{
    return !strcmp(device->kind->name, "vbd");
}

static json_t *disk_to_json(const struct device *device)
{
    return json_pack("{s:s, s:I, s:I, s:I, s:I}", "target", device->disk.target, "reads",
                     (json_int_t)disk_number(device, "rd_req"), "writes",
                     (json_int_t)disk_number(device, "wr_req"), "read_bytes",
                     (json_int_t)disk_number(device, "rd_sect") * 512, "written_bytes",
                     (json_int_t)disk_number(device, "wr_sect") * 512);
}

/* What the interface sends, the guest receives. */
static json_t *nic_to_json(const struct device *device)
{
    return json_pack("{s:i, s:I, s:I, s:I, s:I}", "index", (int)device->number, "received_bytes",
                     (json_int_t)nic_number(device, "tx_bytes"), "sent_bytes",
                     (json_int_t)nic_number(device, "rx_bytes"), "received_packets",
                     (json_int_t)nic_number(device, "tx_packets"), "sent_packets",
                     (json_int_t)nic_number(device, "rx_packets"));
}

static json_t *stats_of(struct guest *guest)
{
    json_t *disks = json_array(), *nics = json_array();
    struct guest_view view;

    guest_view(guest, &view);
    for (size_t i = 0; i < guest->device_count; i++) {
        if (is_disk(guest->devices[i]))
            json_array_append_new(disks, disk_to_json(guest->devices[i]));
        else
            json_array_append_new(nics, nic_to_json(guest->devices[i]));
    }
    return json_pack("{s:i, s:s, s:I, s:o, s:o}", "domid", (int)guest->built.domid, "name",
                     guest->config.name, "cpu_time_ns", (json_int_t)guest->cpu_time_ns, "disks",
                     disks, "nics", nics);
}

void request_stats(struct request *request)
{
    json_t *list = json_array();
    struct error error;

    if (json_object_get(request->arguments, "domain")) {
        struct guest *guest = guest_of_request(request, &error);

        if (!guest) {
            json_decref(list);
            request_fail(request, &error);
            return;
        }
        json_array_append_new(list, stats_of(guest));
    } else {
        list_for_each(link, guests_all())
            json_array_append_new(list, stats_of(container_of(link, struct guest, link)));
    }
    request_answer(request,
                   json_pack("{s:o, s:o}", "domains", list, "counters", counters_to_json()));
}

static json_t *top_of(struct guest *guest)
{
    json_int_t received = 0, sent = 0, read = 0, written = 0;
    json_t *json = guest_to_json(guest), *more;

    for (size_t i = 0; i < guest->device_count; i++) {
        const struct device *device = guest->devices[i];

        if (is_disk(device)) {
            read += (json_int_t)disk_number(device, "rd_sect") * 512;
            written += (json_int_t)disk_number(device, "wr_sect") * 512;
        } else {
            received += (json_int_t)nic_number(device, "tx_bytes");
            sent += (json_int_t)nic_number(device, "rx_bytes");
        }
    }
    more = json_pack("{s:I, s:I, s:I, s:I}", "net_received_bytes", received, "net_sent_bytes", sent,
                     "disk_read_bytes", read, "disk_written_bytes", written);
    json_object_update(json, more);
    json_decref(more);
    return json;
}

void request_top(struct request *request)
{
    json_t *list = json_array(), *result;
    struct xen_domctl_getdomaininfo info;

    if (!domctl_info(guests_control(), 0, &info))
        json_array_append_new(list, control_domain_to_json(&info));
    list_for_each(link, guests_all())
        json_array_append_new(list, top_of(container_of(link, struct guest, link)));
    result = json_pack("{s:I, s:o}", "time_ns", (json_int_t)uptime_ns(), "domains", list);
    if (request_flag(request, "hypercalls"))
        json_object_set_new(result, "counters", counters_to_json());
    request_answer(request, result);
}

/* ---- the daemon ---- */

static time_t started;

__attribute__((constructor)) static void note_start(void)
{
    started = time(NULL);
}

void request_daemon_status(struct request *request)
{
    char text[32];

    time_to_text(started, text);
    request_answer(request, json_pack("{s:s, s:i, s:s, s:I, s:i}", "version", PARAPET_VERSION,
                                      "pid", (int)getpid(), "started", text, "uptime_ns",
                                      (json_int_t)(time(NULL) - started) * (json_int_t)NS_PER_S,
                                      "domains", count_guests()));
}
