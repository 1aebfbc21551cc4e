/* SPDX-License-Identifier: MIT */
/* Do the values of a configuration make sense, together and alone? */
#include <stdlib.h>
#include <string.h>

#include "config/domain_config.h"
#include "config/values.h"
#include "config/vdev.h"

#define PAGE_BYTES       4096u
#define MTU_MIN          68u
#define MAC_IS_MULTICAST 1u

static int refuse(struct error *error, const char *field, const char *what)
{
    return error_set(error, ERROR_INPUT, "PV-E0361", "%s %s", field, what);
}

/* Absolute, without a line break, and without climbing up. */
static bool path_is_valid(const char *path)
{
    size_t length = strlen(path);

    return path[0] == '/' && !strchr(path, '\n') && !strstr(path, "/../") &&
           !(length >= 3 && !strcmp(path + length - 3, "/.."));
}

static int check_path(struct error *error, const char *field, const char *path)
{
    if (!path || path_is_valid(path))
        return 0;
    return refuse(error, field, "must be an absolute path without '..'");
}

int disk_config_check(struct disk_config *disk, struct error *error)
{
    if (!vdev_number(disk->target, &disk->vdev)) {
        refuse(error, "disk.target", "is no name of a virtual disk");
        return error_hint(error, "names are xvda, xvdb, ..., sda to sdp, hda to hdd");
    }
    if (!disk->path || !*disk->path)
        return refuse(error, "disk.path", "is missing");
    if (check_path(error, "disk.path", disk->path) ||
        check_path(error, "disk.script", disk->script))
        return -1;
    if (disk->backend_domain && !*disk->backend_domain)
        return refuse(error, "disk.backend_domain", "is empty");
    if (disk->cdrom)
        disk->readonly = true;
    return 0;
}

static bool interface_name_is_valid(const char *name)
{
    return !*name || (strcmp(name, ".") && strcmp(name, "..") && !strpbrk(name, "/ \t\n:"));
}

int nic_config_check(const struct nic_config *nic, struct error *error)
{
    static const uint8_t none[MAC_BYTES];

    if (!memcmp(nic->mac, none, MAC_BYTES) || (nic->mac[0] & MAC_IS_MULTICAST))
        return refuse(error, "nic.mac", "must be the address of one card: not 0, not multicast");
    if (!interface_name_is_valid(nic->bridge))
        return refuse(error, "nic.bridge", "is no name of a network interface");
    if (!interface_name_is_valid(nic->target))
        return refuse(error, "nic.target", "is no name of a network interface");
    if (nic->ip && !ip_list_is_valid(nic->ip))
        return refuse(error, "nic.ip", "must be IP addresses with blanks between");
    if (nic->mtu && nic->mtu < MTU_MIN)
        return refuse(error, "nic.mtu", "is below 68");
    return check_path(error, "nic.script", nic->script);
}

static int check_disks(struct domain_config *config, struct error *error)
{
    for (size_t i = 0; i < config->disk_count; i++) {
        if (disk_config_check(&config->disks[i], error))
            return error_about(error, "domain/devices/disk[%zu]", i + 1);
        for (size_t j = 0; j < i; j++) {
            if (config->disks[j].vdev != config->disks[i].vdev)
                continue;
            error_set(error, ERROR_INPUT, "PV-E0362", "two disks are called %s",
                      config->disks[i].target);
            error_hint(error, "give each another <target dev='...'/>");
            return error_about(error, "domain/devices/disk[%zu]/target", i + 1);
        }
    }
    return 0;
}

static int check_nics(const struct domain_config *config, struct error *error)
{
    char text[MAC_TEXT_BYTES];

    for (size_t i = 0; i < config->nic_count; i++) {
        if (nic_config_check(&config->nics[i], error))
            return error_about(error, "domain/devices/interface[%zu]", i + 1);
        for (size_t j = 0; j < i; j++) {
            if (memcmp(config->nics[j].mac, config->nics[i].mac, MAC_BYTES) != 0)
                continue;
            mac_format(config->nics[i].mac, text);
            error_set(error, ERROR_INPUT, "PV-E0363", "two NICs have the address %s", text);
            error_hint(error, "give each another <mac address='...'/>, or none");
            return error_about(error, "domain/devices/interface[%zu]/mac", i + 1);
        }
    }
    return 0;
}

static int check_pins(const struct domain_config *config, struct error *error)
{
    for (size_t i = 0; i < config->pin_count; i++) {
        if (config->pins[i].vcpu < config->max_vcpus)
            continue;
        error_set(error, ERROR_INPUT, "PV-E0364", "vCPU %u is pinned, but the domain has %u",
                  config->pins[i].vcpu, config->max_vcpus);
        error_hint(error, "they count from 0; <vcpu> says how many there are");
        return error_about(error, "domain/cputune/vcpupin[%zu]", i + 1);
    }
    return 0;
}

static int check_size(const struct domain_config *config, struct error *error)
{
    if (config->vcpus > config->max_vcpus) {
        error_set(error, ERROR_INPUT, "PV-E0365",
                  "%u vCPUs at start are more than the %u of the domain", config->vcpus,
                  config->max_vcpus);
        error_hint(error, "the text of <vcpu> is the most, its current= those at start");
        return error_about(error, "domain/vcpu");
    }
    if (config->cap > CAP_MAX)
        return refuse(error, "cap", "is above 100 % of every vCPU that can be");
    if (config->memory_bytes < MEMORY_BYTES_MIN || config->max_memory_bytes > MEMORY_BYTES_MAX)
        return refuse(error, "memory_bytes", "must be from 4 MiB to 4 TiB");
    if (config->memory_bytes > config->max_memory_bytes)
        return refuse(error, "memory_bytes", "is above max_memory_bytes");
    if (config->memory_bytes % PAGE_BYTES || config->max_memory_bytes % PAGE_BYTES)
        return refuse(error, "memory_bytes", "must be whole pages of 4096 bytes");
    return 0;
}

static int check_boot(const struct domain_config *config, struct error *error)
{
    if (!config->kernel || !*config->kernel) {
        refuse(error, "kernel", "is missing");
        return error_hint(error, "name one in <os><kernel>, or boot from the first disk with "
                                 "<bootloader>pygrub</bootloader>");
    }
    if (check_path(error, "kernel", config->kernel) || check_path(error, "initrd", config->initrd))
        return -1;
    if (config->cmdline && strchr(config->cmdline, '\n'))
        return refuse(error, "cmdline", "has a line break");
    if (config->kernel_from_disk && !config->disk_count)
        return refuse(error, "disks", "is empty, but the kernel is to come from the first disk");
    return check_path(error, "console_log", config->console_log);
}

int domain_config_check(struct domain_config *config, struct error *error)
{
    static const uint8_t none[DOMAIN_UUID_BYTES];

    if (!domain_name_is_valid(config->name)) {
        error_set(error, ERROR_INPUT, "PV-E0366", "name '%s' is none that a domain can have",
                  config->name);
        return error_hint(error, "1 to 63 letters, digits or . _ + : @ - and blanks inside, not "
                                 "digits alone, and no dot or dash in front");
    }
    if (!memcmp(config->uuid, none, sizeof(none)))
        return refuse(error, "uuid", "is missing or 0");
    if (check_size(config, error) || check_pins(config, error) || check_boot(config, error))
        return -1;
    return check_disks(config, error) || check_nics(config, error) ? -1 : 0;
}
