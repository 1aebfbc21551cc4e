/* SPDX-License-Identifier: MIT */
/* The devices of one guest. */
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

static struct device *keep(struct guest *guest, struct device *device)
{
    if (device)
        guest->devices[guest->device_count++] = device;
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

    return has_room(guest, error) ? NULL : keep(guest, disk_attach(&place, config, error));
}

struct device *guest_attach_nic(struct guest *guest, uint32_t index,
                                const struct nic_config *config, struct error *error)
{
    struct device_place place = place_of(guest);

    return has_room(guest, error) ? NULL : keep(guest, nic_attach(&place, index, config, error));
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

void guest_drop_device(struct guest *guest, struct device *device)
{
    for (size_t i = 0; i < guest->device_count; i++) {
        if (guest->devices[i] == device) {
            guest->devices[i] = guest->devices[--guest->device_count];
            device_free(device);
            return;
        }
    }
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
