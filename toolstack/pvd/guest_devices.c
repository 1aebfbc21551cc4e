/* SPDX-License-Identifier: MIT */
/* The devices of one guest. */
#include <string.h>

#include "common/log.h"
#include "pvd/guest.h"

static void device_changed(void *context, struct device *device)
{
    struct guest *guest = context;

    (void)device;
    guest_devices_changed(guest);
}

static struct device_place place_of(struct guest *guest)
{
    return (struct device_place){ .store = guest->pvd->store,
                                  .loop = guest->pvd->loop,
                                  .domid = guest->built.domid,
                                  .changed = device_changed,
                                  .context = guest };
}

int guest_find_backend(const char *name, domid_t *domid, struct error *error)
{
    const struct guest *backend;

    *domid = 0;
    if (!name)
        return 0;
    backend = guest_find(name, error);
    if (!backend) {
        error_set(error, ERROR_NOT_FOUND, "PV-E0513",
                  "there is no domain %s, which is to serve a device", name);
        return error_hint(error, "start it first, or remove <backenddomain>");
    }
    if (backend->phase != GUEST_ALIVE) {
        error_set(error, ERROR_STATE, "PV-E0642", "the domain %s cannot serve a device now", name);
        return error_hint(error, "it must be another domain, and run");
    }
    *domid = backend->built.domid;
    return 0;
}

static struct device *keep(struct guest *guest, struct device *device)
{
    if (!device)
        return NULL;
    guest->devices[guest->device_count++] = device;
    if (guest->phase == GUEST_ALIVE)
        guest_event(guest, "device-attached", "%s %u", device->kind->name, device->number);
    return device;
}

static int has_room(const struct guest *guest, struct error *error)
{
    return guest->device_count < GUEST_DEVICES_MAX
               ? 0
               : error_set(error, ERROR_RESOURCES, "PV-E0715", "the domain has %u devices already",
                           GUEST_DEVICES_MAX);
}

struct device *guest_attach_disk(struct guest *guest, const struct disk_config *config,
                                 struct error *error)
{
    struct device_place place = place_of(guest);

    if (has_room(guest, error) ||
        guest_find_backend(config->backend_domain, &place.backend_domid, error))
        return NULL;
    return keep(guest, disk_attach(&place, config, error));
}

struct device *guest_attach_nic(struct guest *guest, uint32_t index,
                                const struct nic_config *config, struct error *error)
{
    struct device_place place = place_of(guest);

    if (has_room(guest, error) ||
        guest_find_backend(config->backend_domain, &place.backend_domid, error))
        return NULL;
    return keep(guest, nic_attach(&place, index, config, error));
}

int guest_attach_devices(struct guest *guest, struct error *error)
{
    for (size_t i = 0; i < guest->config.disk_count; i++) {
        if (!guest_attach_disk(guest, &guest->config.disks[i], error))
            return error_about(error, "domain/devices/disk[%zu]/source", i + 1);
    }
    for (size_t i = 0; i < guest->config.nic_count; i++) {
        guest->nic_index[i] = (uint32_t)i;
        if (!guest_attach_nic(guest, (uint32_t)i, &guest->config.nics[i], error))
            return error_about(error, "domain/devices/interface[%zu]/source", i + 1);
    }
    return 0;
}

void guest_adopt_devices(struct guest *guest)
{
    struct device_place place = place_of(guest);

    for (size_t i = 0; i < guest->config.disk_count; i++)
        keep(guest, disk_adopt(&place, &guest->config.disks[i]));
    for (size_t i = 0; i < guest->config.nic_count; i++)
        keep(guest, nic_adopt(&place, guest->nic_index[i], &guest->config.nics[i]));
}

static bool is_disk(const struct device *device)
{
    return !strcmp(device->kind->name, "vbd");
}

void guest_forget_device(struct guest *guest, const struct device *device)
{
    struct domain_config *config = &guest->config;

    for (size_t i = 0; is_disk(device) && i < config->disk_count; i++) {
        if (config->disks[i].vdev == device->number) {
            domain_config_remove_disk(config, i);
            return;
        }
    }
    for (size_t i = 0; !is_disk(device) && i < config->nic_count; i++) {
        if (guest->nic_index[i] == device->number) {
            domain_config_remove_nic(config, i);
            memmove(&guest->nic_index[i], &guest->nic_index[i + 1],
                    (DOMAIN_NICS_MAX - 1 - i) * sizeof(guest->nic_index[0]));
            return;
        }
    }
}

void guest_drop_gone_devices(struct guest *guest)
{
    struct error error;
    bool changed = false;

    for (size_t i = 0; i < guest->device_count;) {
        struct device *device = guest->devices[i];

        if (device->phase != DEVICE_GONE) {
            i++;
            continue;
        }
        /* One that ends, or is started again, has them all again. */
        if (guest->phase == GUEST_ALIVE) {
            guest_event(guest, "device-detached", "%s %u", device->kind->name, device->number);
            guest_forget_device(guest, device);
            changed = true;
        }
        guest->devices[i] = guest->devices[--guest->device_count];
        device_free(device);
    }
    if (changed && guest_journal_write(guest, &error))
        log_error("%s: %s", guest->config.name, error.message);
}

bool guest_devices_settled(const struct guest *guest, struct device **failed)
{
    bool settled = true;

    *failed = NULL;
    for (size_t i = 0; i < guest->device_count; i++) {
        if (guest->devices[i]->phase == DEVICE_FAILED)
            *failed = guest->devices[i];
        settled = settled && guest->devices[i]->phase != DEVICE_STARTING;
    }
    return settled;
}
