/* SPDX-License-Identifier: MIT */
/* Requests about the devices of a guest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "config/values.h"
#include "config/vdev.h"
#include "pvd/device_features.h"
#include "pvd/guest.h"
#include "pvd/waiter.h"

#define NS_PER_MS 1000000u

static const char *const state_names[] = {
    "unknown", "initialising", "waiting",       "initialised",  "connected",
    "closing", "closed",       "reconfiguring", "reconfigured",
};

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

static bool is_disk(const struct device *device)
{
    return !strcmp(device->kind->name, "vbd");
}

/* ---- finding ---- */

static bool is_meant(const struct device *device, bool disk, const char *text)
{
    char mac[MAC_TEXT_BYTES], number[24], name[INTERFACE_BYTES];

    if (is_disk(device) != disk)
        return false;
    snprintf(number, sizeof(number), "%u", device->number);
    if (!strcmp(number, text))
        return true;
    if (disk)
        return !strcmp(device->disk.target, text);
    mac_format(device->nic.mac, mac);
    snprintf(name, sizeof(name), "vif%u", device->number);
    return !strcasecmp(mac, text) || !strcmp(name, text);
}

static struct device *find_device(const struct guest *guest, bool disk, const char *text)
{
    for (size_t i = 0; i < guest->device_count; i++) {
        if (is_meant(guest->devices[i], disk, text))
            return guest->devices[i];
    }
    return NULL;
}

static int no_device(const struct guest *guest, const char *text, struct error *error)
{
    error_set(error, ERROR_NOT_FOUND, "PV-E0530", "%s has no device %s", guest->config.name, text);
    return error_hint(error, "pvctl disk-list and pvctl net-list show those it has");
}

/* ---- attach ---- */

/* Of the device that a waiter waits for; NULL when it is gone. */
static struct device *device_of(const struct guest_waiter *waiter)
{
    const struct guest *guest = waiter->guest;

    for (size_t i = 0; i < guest->device_count; i++) {
        if ((void *)guest->devices[i]->serial == waiter->context)
            return guest->devices[i];
    }
    return NULL;
}

static json_t *attached_to_json(const struct device *device)
{
    char mac[MAC_TEXT_BYTES];

    if (is_disk(device))
        return json_pack("{s:s, s:i}", "target", device->disk.target, "vdev", (int)device->number);
    mac_format(device->nic.mac, mac);
    return json_pack("{s:i, s:s}", "index", (int)device->number, "mac", mac);
}

static void check_attached(struct guest_waiter *waiter)
{
    struct device *device = device_of(waiter);
    struct error error;

    if (!device || device->phase >= DEVICE_CLOSING) {
        if (device && device->phase == DEVICE_FAILED)
            error = device->error;
        else
            error_set(&error, ERROR_GUEST, "PV-E1109", "the guest ended meanwhile");
        if (device) {
            guest_forget_device(waiter->guest, device);
            device_remove(device, true, 0);
        }
        waiter_fail(waiter, &error);
    } else if (device->phase == DEVICE_READY) {
        json_t *result = attached_to_json(device);

        if (guest_journal_write(waiter->guest, &error)) {
            json_decref(result);
            waiter_fail(waiter, &error);
        } else {
            waiter_answer(waiter, result);
        }
    }
}

void request_disk_attach(struct request *request)
{
    struct guest *guest = guest_or_fail(request);
    struct disk_config disk, *kept;
    struct device *device = NULL;
    struct error error;

    if (!guest)
        return;
    if (disk_config_from_json(json_object_get(request->arguments, "disk"), &disk, &error)) {
        request_fail(request, &error);
        return;
    }
    if (find_device(guest, true, disk.target)) {
        error_set(&error, ERROR_STATE, "PV-E0612", "%s has a disk %s already", guest->config.name,
                  disk.target);
    } else if (!(kept = domain_config_add_disk(&guest->config))) {
        error_set(&error, ERROR_RESOURCES, "PV-E0716", "%s has too many disks", guest->config.name);
    } else {
        *kept = disk;
        device = guest_attach_disk(guest, kept, &error);
        if (!device)
            domain_config_remove_disk(&guest->config, guest->config.disk_count - 1);
        disk = (struct disk_config){ .path = NULL };
    }
    disk_config_free(&disk);
    if (device)
        waiter_start(request, guest, check_attached, (void *)device->serial, 0);
    else
        request_fail(request, &error);
}

static uint32_t free_nic_index(const struct guest *guest)
{
    for (uint32_t index = 0;; index++) {
        bool is_used = false;

        for (size_t i = 0; i < guest->device_count; i++)
            is_used |= !is_disk(guest->devices[i]) && guest->devices[i]->number == index;
        if (!is_used)
            return index;
    }
}

void request_net_attach(struct request *request)
{
    struct guest *guest = guest_or_fail(request);
    struct nic_config nic, *kept;
    struct device *device = NULL;
    struct error error;

    if (!guest)
        return;
    if (nic_config_from_json(json_object_get(request->arguments, "nic"), &nic, &error)) {
        request_fail(request, &error);
        return;
    }
    kept = domain_config_add_nic(&guest->config);
    if (!kept) {
        error_set(&error, ERROR_RESOURCES, "PV-E0717", "%s has too many network cards",
                  guest->config.name);
        nic_config_free(&nic);
    } else {
        size_t place = guest->config.nic_count - 1;

        *kept = nic;
        guest->nic_index[place] = free_nic_index(guest);
        device = guest_attach_nic(guest, guest->nic_index[place], kept, &error);
        if (!device)
            domain_config_remove_nic(&guest->config, place);
    }
    if (device)
        waiter_start(request, guest, check_attached, (void *)device->serial, 0);
    else
        request_fail(request, &error);
}

/* ---- detach ---- */

static void check_detached(struct guest_waiter *waiter)
{
    const struct device *device = device_of(waiter);

    if (!device)
        waiter_answer(waiter, NULL);
    else if (device->is_refused)
        waiter_fail(waiter, &device->error);
}

static void detach(struct request *request, bool disk)
{
    struct guest *guest = guest_or_fail(request);
    struct device *device;
    struct error error;
    const char *target;
    char number[24];

    if (!guest)
        return;
    if (json_is_integer(json_object_get(request->arguments, "target"))) {
        snprintf(number, sizeof(number), "%lld",
                 json_integer_value(json_object_get(request->arguments, "target")));
        target = number;
    } else if (request_string(request, "target", &target, &error)) {
        request_fail(request, &error);
        return;
    }
    device = find_device(guest, disk, target);
    if (!device) {
        no_device(guest, target, &error);
        request_fail(request, &error);
        return;
    }
    device_remove(device, request_flag(request, "force"),
                  request_number_or(request, "timeout_ns", 0) / NS_PER_MS);
    waiter_start(request, guest, check_detached, (void *)device->serial, 0);
}

void request_disk_detach(struct request *request)
{
    detach(request, true);
}

void request_net_detach(struct request *request)
{
    detach(request, false);
}

/* ---- look ---- */

static const char *state_of(const struct device *device)
{
    return state_names[device_backend_state(device)];
}

static uint64_t disk_bytes(const struct device *device)
{
    char *folder = device_backend_path(device);
    char *path = memory_format("%s/sectors", folder);
    uint64_t sectors;

    if (store_read_number(device->store, NULL, path, &sectors))
        sectors = 0;
    free(path);
    free(folder);
    return sectors * 512;
}

static json_t *disk_to_json(const struct device *device)
{
    const struct disk_config *disk = &device->disk;

    return json_pack("{s:s, s:i, s:s, s:s, s:b, s:b, s:s, s:I}", "target", disk->target, "vdev",
                     (int)device->number, "kind", disk_kind_words[disk->kind], "path", disk->path,
                     "readonly", disk->readonly, "cdrom", disk->cdrom, "state", state_of(device),
                     "size_bytes", (json_int_t)disk_bytes(device));
}

static json_t *nic_to_json(const struct device *device)
{
    char mac[MAC_TEXT_BYTES], name[INTERFACE_BYTES];
    char *folder = device_backend_path(device);
    char *path = memory_format("%s/bridge", folder);
    char *bridge = store_read_string(device->store, NULL, path);
    json_t *json;

    mac_format(device->nic.mac, mac);
    nic_interface_name(device, name);
    json = json_pack("{s:i, s:s, s:s, s:s, s:s, s:s}", "index", (int)device->number, "mac", mac,
                     "kind", nic_kind_words[device->nic.kind], "bridge", bridge ? bridge : "",
                     "interface", name, "state", state_of(device));
    free(bridge);
    free(path);
    free(folder);
    return json;
}

static void list_devices(struct request *request, bool disks, const char *name)
{
    struct error error;
    struct guest *guest = guest_of_request(request, &error);
    json_t *list;

    if (!guest) {
        request_fail(request, &error);
        return;
    }
    list = json_array();
    for (size_t i = 0; i < guest->device_count; i++) {
        const struct device *device = guest->devices[i];

        if (is_disk(device) == disks)
            json_array_append_new(list, disks ? disk_to_json(device) : nic_to_json(device));
    }
    request_answer(request, json_pack("{s:o}", name, list));
}

void request_disk_list(struct request *request)
{
    list_devices(request, true, "disks");
}

void request_net_list(struct request *request)
{
    list_devices(request, false, "nics");
}

/* The nodes of a folder, and of the folders in it that are queues. */
static void add_nodes(json_t *object, struct store *store, const char *folder, const char *prefix)
{
    struct store_names names;

    if (store_list(store, NULL, folder, &names))
        return;
    for (size_t i = 0; i < names.count; i++) {
        char *path = memory_format("%s/%s", folder, names.names[i]);
        char *value = store_read_string(store, NULL, path);
        char *name = memory_format("%s%s", prefix, names.names[i]);
        json_t *text = value && *value ? json_string(value) : NULL;

        if (text) {
            json_object_set_new(object, name, text);
        } else if (!strncmp(names.names[i], "queue-", 6)) {
            char *below = memory_format("%s/", name);

            add_nodes(object, store, path, below);
            free(below);
        }
        free(name);
        free(value);
        free(path);
    }
    store_names_free(&names);
}

void request_device_info(struct request *request)
{
    struct guest *guest = guest_or_fail(request);
    struct device *device;
    struct error error;
    const char *text;
    char *backend, *frontend;
    json_t *features;

    if (!guest)
        return;
    if (request_string(request, "device", &text, &error)) {
        request_fail(request, &error);
        return;
    }
    device = find_device(guest, true, text);
    device = device ? device : find_device(guest, false, text);
    if (!device) {
        no_device(guest, text, &error);
        request_fail(request, &error);
        return;
    }
    backend = device_backend_path(device);
    frontend = device_frontend_path(device);
    features = json_object();
    add_nodes(features, request->pvd->store, backend, "backend/");
    add_nodes(features, request->pvd->store, frontend, "frontend/");
    request_answer(request, json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "device", text, "kind",
                                      device->kind->name, "state", state_of(device), "backend_path",
                                      backend, "frontend_path", frontend, "agreed",
                                      device_features_agreed(features, is_disk(device)), "features",
                                      features));
    free(backend);
    free(frontend);
}
