/* SPDX-License-Identifier: MIT */
/*
 * Requests for numbers: what domains used and what they made the hypervisor do. All are totals since
 * the domain was made; who wants rates asks twice.
 */
#include <stdio.h>
#include <string.h>

#include "control/sysctl.h"
#include "pvd/guest.h"

#define COUNTERS_MAX 512u
#define SECTOR_BYTES 512

/* ---- of the whole machine ---- */

static json_t *counters_to_json(void)
{
    static struct sysctl_counter counters[COUNTERS_MAX];
    int count = sysctl_counters(guests_control(), counters, COUNTERS_MAX);
    json_t *json = json_object();

    for (int i = 0; i < count; i++)
        json_object_set_new(json, counters[i].name, json_integer((json_int_t)counters[i].value));
    return json;
}

/* ---- devices ---- */

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
                     (json_int_t)disk_number(device, "rd_sect") * SECTOR_BYTES, "written_bytes",
                     (json_int_t)disk_number(device, "wr_sect") * SECTOR_BYTES);
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

static void add_devices(const struct guest *guest, json_t *json)
{
    json_t *disks = json_array(), *nics = json_array();

    for (size_t i = 0; i < guest->device_count; i++) {
        const struct device *device = guest->devices[i];

        if (is_disk(device))
            json_array_append_new(disks, disk_to_json(device));
        else
            json_array_append_new(nics, nic_to_json(device));
    }
    json_object_set_new(json, "disks", disks);
    json_object_set_new(json, "nics", nics);
}

/* The sums of all disks and all cards. */
static void add_traffic(const struct guest *guest, json_t *json)
{
    json_int_t received = 0, sent = 0, read = 0, written = 0;

    for (size_t i = 0; i < guest->device_count; i++) {
        const struct device *device = guest->devices[i];

        if (is_disk(device)) {
            read += (json_int_t)disk_number(device, "rd_sect") * SECTOR_BYTES;
            written += (json_int_t)disk_number(device, "wr_sect") * SECTOR_BYTES;
        } else {
            received += (json_int_t)nic_number(device, "tx_bytes");
            sent += (json_int_t)nic_number(device, "rx_bytes");
        }
    }
    json_object_update_new(json, json_pack("{s:I, s:I, s:I, s:I}", "net_received_bytes", received,
                                           "net_sent_bytes", sent, "disk_read_bytes", read,
                                           "disk_written_bytes", written));
}

/* ---- what vCPUs made the hypervisor do ---- */

#define KIND(name)                                                                                 \
    {                                                                                              \
#name, offsetof(struct xen_domctl_parapet_counters, name)                                  \
    }
static const struct {
    const char *name;
    size_t at;
} kinds[] = {
    KIND(hypercalls),         KIND(traps),        KIND(system_calls), KIND(emulated),
    KIND(page_table_updates), KIND(events_sent),  KIND(upcalls),      KIND(switches),
    KIND(grant_maps),         KIND(grant_copies),
};
#undef KIND
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static json_int_t count_of(const struct xen_domctl_parapet_counters *counters, size_t kind)
{
    uint64_t value;

    memcpy(&value, (const char *)counters + kinds[kind].at, sizeof(value));
    return (json_int_t)value;
}

static json_t *vcpu_to_json(domid_t domid, uint32_t vcpu, json_int_t totals[KINDS])
{
    struct xen_domctl_parapet_counters counters = { .vcpu = vcpu };
    struct xen_domctl_getvcpuinfo info;
    json_t *json, *numbers;

    if (domctl_counters(guests_control(), domid, &counters) ||
        domctl_vcpu_info(guests_control(), domid, vcpu, &info))
        return NULL;
    numbers = json_object();
    for (size_t kind = 0; kind < KINDS; kind++) {
        json_int_t count = count_of(&counters, kind);

        totals[kind] += count;
        json_object_set_new(numbers, kinds[kind].name, json_integer(count));
    }
    json = json_pack("{s:i, s:i, s:s, s:I, s:o}", "vcpu", (int)vcpu, "cpu",
                     info.online ? (int)info.cpu : -1, "state", vcpu_state(&info), "cpu_time_ns",
                     (json_int_t)info.cpu_time, "counters", numbers);
    return json;
}

static void add_vcpus(domid_t domid, uint32_t count, json_t *json)
{
    json_t *vcpus = json_array(), *sums = json_object();
    json_int_t totals[KINDS] = { 0 };

    for (uint32_t i = 0; i < count; i++) {
        json_t *vcpu = vcpu_to_json(domid, i, totals);

        if (!vcpu)
            break; /* it is going */
        json_array_append_new(vcpus, vcpu);
    }
    for (size_t kind = 0; kind < KINDS; kind++)
        json_object_set_new(sums, kinds[kind].name, json_integer(totals[kind]));
    json_object_set_new(json, "vcpu_list", vcpus);
    json_object_set_new(json, "counters", sums);
}

/* ---- a domain ---- */

static bool has_domain(const struct guest *guest)
{
    return guest->phase >= GUEST_STARTING && guest->phase <= GUEST_ENDING;
}

static json_t *numbers_of(struct guest *guest)
{
    json_t *json = guest_to_json(guest);

    add_devices(guest, json);
    add_traffic(guest, json);
    add_vcpus(guest->built.domid, has_domain(guest) ? guest->config.max_vcpus : 0, json);
    return json;
}

/* Its devices are the machine's. */
static json_t *numbers_of_control_domain(void)
{
    json_t *json = control_domain_to_json();

    if (json)
        add_vcpus(0, (uint32_t)json_integer_value(json_object_get(json, "max_vcpus")), json);
    return json;
}

static json_t *numbers_of_all(void)
{
    json_t *list = json_array();

    json_array_append_new(list, numbers_of_control_domain());
    list_for_each(link, guests_all())
        json_array_append_new(list, numbers_of(container_of(link, struct guest, link)));
    return list;
}

static json_t *answer_of(json_t *domains)
{
    return json_pack("{s:I, s:o, s:o}", "time_ns", (json_int_t)uptime_ns(), "domains", domains,
                     "counters", counters_to_json());
}

void request_stats(struct request *request)
{
    struct guest *guest;
    struct error error;

    if (!json_object_get(request->arguments, "domain")) {
        request_answer(request, answer_of(numbers_of_all()));
        return;
    }
    guest = guest_of_request(request, &error);
    if (guest)
        request_answer(request, answer_of(json_pack("[o]", numbers_of(guest))));
    else
        request_fail(request, &error);
}
