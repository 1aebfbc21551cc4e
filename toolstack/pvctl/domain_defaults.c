/* SPDX-License-Identifier: MIT */
#include "pvctl/domain_defaults.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "config/values.h"

#define FNV_START      0xcbf29ce484222325u
#define MIX_FACTOR     0xff51afd7ed558ccdu
#define FNV_PRIME      0x100000001b3u
#define LIST_BYTES     160u
#define PATH_BYTES     512u
#define UUID_VERSION   6u /* the byte that has the version, in the high half */
#define UUID_VARIANT   8u
#define XEN_MAC_PREFIX 0x00, 0x16, 0x3e

static const uint8_t no_uuid[DOMAIN_UUID_BYTES];
static const uint8_t no_mac[MAC_BYTES];

static uint64_t fnv_byte(uint64_t hash, uint8_t byte)
{
    return (hash ^ byte) * FNV_PRIME;
}

void default_mac(const uint8_t uuid[DOMAIN_UUID_BYTES], size_t index, uint8_t mac[MAC_BYTES])
{
    static const uint8_t prefix[] = { XEN_MAC_PREFIX };
    uint64_t hash = FNV_START;

    for (size_t i = 0; i < DOMAIN_UUID_BYTES; i++)
        hash = fnv_byte(hash, uuid[i]);
    hash = fnv_byte(hash, (uint8_t)index);
    /* The last byte has reached few bits so far. */
    hash = (hash ^ (hash >> 33)) * MIX_FACTOR;
    hash ^= hash >> 29;
    memcpy(mac, prefix, sizeof(prefix));
    mac[3] = (uint8_t)(hash >> 16 & 0x7f);
    mac[4] = (uint8_t)(hash >> 32);
    mac[5] = (uint8_t)(hash >> 48);
}

static int random_uuid(uint8_t uuid[DOMAIN_UUID_BYTES], struct error *error)
{
    if (getrandom(uuid, DOMAIN_UUID_BYTES, 0) != DOMAIN_UUID_BYTES)
        return error_set(error, ERROR_FAILED, "PV-E0103", "no random numbers for a uuid: %s",
                         strerror(errno));
    uuid[UUID_VERSION] = (uint8_t)((uuid[UUID_VERSION] & 0x0f) | 0x40);
    uuid[UUID_VARIANT] = (uint8_t)((uuid[UUID_VARIANT] & 0x3f) | 0x80);
    return 0;
}

int domain_defaults(struct domain_config *config, struct error *error)
{
    if (!config->memory_bytes)
        config->memory_bytes = config->max_memory_bytes;
    if (!memcmp(config->uuid, no_uuid, sizeof(no_uuid)) && random_uuid(config->uuid, error))
        return -1;
    for (size_t i = 0; i < config->nic_count; i++) {
        if (!memcmp(config->nics[i].mac, no_mac, sizeof(no_mac)))
            default_mac(config->uuid, i, config->nics[i].mac);
    }
    return 0;
}

static bool is_bridge(const char *sysfs_net, const char *name)
{
    char path[PATH_BYTES];

    snprintf(path, sizeof(path), "%s/%s/bridge", sysfs_net, name);
    return *name && !access(path, F_OK);
}

/* The names of all bridges, as " a b", or " none". */
static void list_bridges(const char *sysfs_net, char list[LIST_BYTES])
{
    DIR *folder = opendir(sysfs_net);
    struct dirent *entry;
    size_t used = 0;

    memcpy(list, " none", sizeof(" none"));
    while (folder && (entry = readdir(folder))) {
        if (entry->d_name[0] == '.' || !is_bridge(sysfs_net, entry->d_name) ||
            used + INTERFACE_BYTES + 1 > LIST_BYTES)
            continue;
        used += (size_t)sprintf(list + used, " %.15s", entry->d_name);
    }
    if (folder)
        closedir(folder);
}

int default_bridge(const char *sysfs_net, const char *candidates, char bridge[INTERFACE_BYTES],
                   struct error *error)
{
    char *copy = strdup(candidates), *rest = copy, *name, list[LIST_BYTES];

    while (copy && (name = strsep(&rest, " "))) {
        if (strlen(name) < INTERFACE_BYTES && is_bridge(sysfs_net, name)) {
            memcpy(bridge, name, strlen(name) + 1);
            free(copy);
            return 0;
        }
    }
    free(copy);
    list_bridges(sysfs_net, list);
    error_set(error, ERROR_NOT_FOUND, "PV-E0520",
              "none of the default bridges (%s) is there; bridges of this host:%s", candidates,
              list);
    return error_hint(error, "name one in <source bridge='...'/>, make one (ip link add xenbr0 "
                             "type bridge), or set bridge= in pvctl.conf");
}

int bridge_check(const char *sysfs_net, const char *name, struct error *error)
{
    char list[LIST_BYTES];

    if (is_bridge(sysfs_net, name))
        return 0;
    list_bridges(sysfs_net, list);
    error_set(error, ERROR_NOT_FOUND, "PV-E0521",
              "there is no bridge '%s'; bridges of this host:%s", name, list);
    return error_hint(error, "make it with: ip link add %s type bridge && ip link set %s up", name,
                      name);
}
