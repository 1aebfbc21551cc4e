/* SPDX-License-Identifier: MIT */
/* What can be said against a guest before anything is made for it. */
#include <string.h>

#include "config/values.h"
#include "control/sysctl.h"
#include "pvd/guest.h"

#define PAGE_BYTES 4096u

static int check_action(enum domain_action action, const char *name, struct error *error)
{
    if (action != ACTION_COREDUMP_DESTROY && action != ACTION_COREDUMP_RESTART)
        return 0;
    error_set(error, ERROR_UNSUPPORTED, "PV-E0441", "%s: %s is not supported yet", name,
              domain_action_words[action]);
    error_about(error, "domain/%s", name);
    return error_hint(error, "use destroy, restart, preserve or rename-restart");
}

static int check_is_new(const struct domain_config *config, struct error *error)
{
    list_for_each(link, guests_all())
    {
        const struct guest *guest = container_of(link, struct guest, link);

        if (!strcmp(guest->config.name, config->name)) {
            error_set(error, ERROR_STATE, "PV-E0602", "there is a domain %s already", config->name);
            error_hint(error, "destroy it, or give the new one another <name>");
            return error_about(error, "domain/name");
        }
        if (!memcmp(guest->config.uuid, config->uuid, sizeof(config->uuid))) {
            error_set(error, ERROR_STATE, "PV-E0603", "the domain %s has the same uuid",
                      guest->config.name);
            error_hint(error, "give the new one another <uuid>, or none");
            return error_about(error, "domain/uuid");
        }
    }
    return 0;
}

/* What it takes at least; who builds another one at the same time finds out later. */
static int check_memory(const struct domain_config *config, struct error *error)
{
    struct xen_sysctl_physinfo info = { 0 };
    uint64_t free_bytes;

    if (sysctl_physinfo(guests_control(), &info))
        return 0; /* the builder will say */
    free_bytes = info.free_pages * PAGE_BYTES;
    if (config->memory_bytes <= free_bytes)
        return 0;
    error_set(error, ERROR_RESOURCES, "PV-E0711",
              "the machine has no %llu MiB free for the domain, only %llu",
              (unsigned long long)(config->memory_bytes >> 20),
              (unsigned long long)(free_bytes >> 20));
    error_hint(error, "pvctl info shows what is free; end other domains, or lower <memory>");
    return error_about(error, "domain/memory");
}

static int check_devices(const struct domain_config *config, struct error *error)
{
    domid_t backend;

    for (size_t i = 0; i < config->disk_count; i++) {
        if (guest_find_backend(config->disks[i].backend_domain, &backend, error) ||
            disk_check(&config->disks[i], error))
            return error_about(error, "domain/devices/disk[%zu]/source", i + 1);
    }
    for (size_t i = 0; i < config->nic_count; i++) {
        if (guest_find_backend(config->nics[i].backend_domain, &backend, error) ||
            nic_check(&config->nics[i], error))
            return error_about(error, "domain/devices/interface[%zu]/source", i + 1);
    }
    return 0;
}

int guest_check_config(const struct domain_config *config, struct error *error)
{
    if (check_action(config->on_poweroff, "on_poweroff", error) ||
        check_action(config->on_reboot, "on_reboot", error) ||
        check_action(config->on_crash, "on_crash", error) || check_is_new(config, error) ||
        check_memory(config, error))
        return -1;
    return check_devices(config, error);
}
