/* SPDX-License-Identifier: MIT */
/*
 * Network cards: xen-netback makes an interface vifDOMID.INDEX, which is put on a bridge. The
 * backend connects when `hotplug-status` says that this is done.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "config/values.h"
#include "device/device_internal.h"
#include "device/link.h"

#define MTU_DEFAULT 1500u
#define RATE_USEC   50000u /* the window in which a limit holds */
#define RETRY_MS    20u
#define SCRIPT      "built-in" /* xen-netback wants a name, and gives it to udev */

static const char *const default_bridges[] = { "xenbr0", "virbr0", "br0" };

void nic_interface_name(const struct device *device, char name[INTERFACE_BYTES])
{
    if (device->nic.target[0])
        memcpy(name, device->nic.target, INTERFACE_BYTES);
    else
        snprintf(name, INTERFACE_BYTES, "vif%u.%u", device->domid, device->number);
}

/* The bridge that is meant: the one named, or the first of the usual ones that is there. */
static const char *bridge_of(const struct nic_config *config)
{
    if (config->bridge[0])
        return config->bridge;
    for (size_t i = 0; i < sizeof(default_bridges) / sizeof(default_bridges[0]); i++) {
        if (link_is_bridge(default_bridges[i]))
            return default_bridges[i];
    }
    return NULL;
}

int nic_check(const struct nic_config *config, struct error *error)
{
    const char *bridge = bridge_of(config);

    if (config->kind != NIC_BRIDGE)
        return error_set(error, ERROR_UNSUPPORTED, "PV-E0440",
                         "network cards of kind \"%s\" are not supported yet",
                         nic_kind_words[config->kind]);
    if (!bridge) {
        error_set(error, ERROR_NOT_FOUND, "PV-E0510", "there is no bridge xenbr0, virbr0 or br0");
        return error_hint(error, "make one: ip link add xenbr0 type bridge");
    }
    if (!link_index(bridge)) {
        error_set(error, ERROR_NOT_FOUND, "PV-E0511", "there is no bridge %s", bridge);
        return error_hint(error, "make it: ip link add %s type bridge", bridge);
    }
    if (!link_is_bridge(bridge))
        return error_set(error, ERROR_INPUT, "PV-E0340", "%s is no bridge", bridge);
    return 0;
}

static unsigned interface_of(const struct device *device)
{
    char name[INTERFACE_BYTES], first_name[INTERFACE_BYTES];
    unsigned index;

    nic_interface_name(device, name);
    snprintf(first_name, sizeof(first_name), "vif%u.%u", device->domid, device->number);
    index = link_index(first_name);
    return index ? index : link_index(name);
}

/* The interface is there now: give it its name, its size and its place. */
static int place_interface(struct device *device)
{
    const char *bridge = bridge_of(&device->nic);
    char name[INTERFACE_BYTES], first_name[INTERFACE_BYTES];
    unsigned index = interface_of(device), master = bridge ? link_index(bridge) : 0;
    uint32_t mtu = device->nic.mtu ? device->nic.mtu : (bridge ? link_mtu(bridge) : 0);
    int result;

    nic_interface_name(device, name);
    snprintf(first_name, sizeof(first_name), "vif%u.%u", device->domid, device->number);
    if (!master)
        return error_set(&device->error, ERROR_NOT_FOUND, "PV-E0512", "the bridge %s is gone",
                         bridge ? bridge : "xenbr0");
    result = strcmp(name, first_name) && !link_index(name) ? link_rename(index, name) : 0;
    if (!result)
        result = link_configure(index, master, mtu);
    return result
               ? error_set(&device->error, ERROR_FAILED, "PV-E0131",
                           "%s cannot be put on the bridge %s: %s", name, bridge, strerror(-result))
               : 0;
}

static void try_again(void *context)
{
    struct device *device = context;

    if (device->phase == DEVICE_STARTING)
        device->kind->backend_waits(device);
}

static void nic_waits(struct device *device)
{
    if (!interface_of(device)) { /* xen-netback makes it after it has said that it waits */
        device->retry.handler = try_again;
        device->retry.context = device;
        event_timer_start(device->loop, &device->retry, RETRY_MS);
    } else if (place_interface(device)) {
        device_failed(device);
    } else if (device_write_backend(device, NULL, "hotplug-status", "connected")) {
        error_set(&device->error, ERROR_FAILED, "PV-E0132", "the store refuses the card's nodes");
        device_failed(device);
    } else {
        device_is_ready(device);
    }
}

/* xen-netback removes its interface, and with it the port of the bridge. */
static void nic_release(struct device *device)
{
    (void)device;
}

static const struct device_kind nic_kind = { .name = "vif",
                                             .backend_waits = nic_waits,
                                             .release = nic_release };

static int write_optional(struct device *device, struct store_transaction *transaction)
{
    const struct nic_config *config = &device->nic;
    char rate[48];

    if (config->ip && device_write_backend(device, transaction, "ip", config->ip))
        return -1;
    if (!config->rate_bytes)
        return 0;
    snprintf(rate, sizeof(rate), "%llu,%u",
             (unsigned long long)(config->rate_bytes * RATE_USEC / 1000000), RATE_USEC);
    return device_write_backend(device, transaction, "rate", rate);
}

static int write_nic_nodes(struct device *device, struct store_transaction *transaction)
{
    const struct nic_config *config = &device->nic;
    const char *bridge = bridge_of(config);
    char handle[16], mac[MAC_TEXT_BYTES], mtu[16];

    snprintf(handle, sizeof(handle), "%u", device->number);
    snprintf(mtu, sizeof(mtu), "%u", config->mtu ? config->mtu : MTU_DEFAULT);
    mac_format(config->mac, mac);
    if (device_write_nodes(device, transaction) ||
        device_write_backend(device, transaction, "handle", handle) ||
        device_write_backend(device, transaction, "mac", mac) ||
        device_write_backend(device, transaction, "bridge", bridge ? bridge : "") ||
        device_write_backend(device, transaction, "type", "vif") ||
        device_write_backend(device, transaction, "script", SCRIPT) ||
        write_optional(device, transaction))
        return -1;
    return device_write_frontend(device, transaction, "handle", handle) ||
                   device_write_frontend(device, transaction, "mac", mac) ||
                   device_write_frontend(device, transaction, "mtu", mtu) ||
                   device_write_frontend(device, transaction, "trusted", "1")
               ? -1
               : 0;
}

static struct device *nic_new(const struct device_place *place, uint32_t index,
                              const struct nic_config *config)
{
    struct device *device = device_new(place, &nic_kind, index);

    device->nic = *config;
    device->nic.ip = config->ip ? memory_string(config->ip) : NULL;
    device->nic.script = config->script ? memory_string(config->script) : NULL;
    device->nic.backend_domain =
        config->backend_domain ? memory_string(config->backend_domain) : NULL;
    return device;
}

struct device *nic_attach(const struct device_place *place, uint32_t index,
                          const struct nic_config *config, struct error *error)
{
    struct device *device;
    struct store_transaction *transaction;
    int result;

    if (nic_check(config, error))
        return NULL;
    device = nic_new(place, index, config);
    transaction = store_transaction_start(device->store);
    result = write_nic_nodes(device, transaction);
    if (store_transaction_end(transaction, !result) || result) {
        error_set(error, ERROR_FAILED, "PV-E0133", "the store refuses the card's nodes");
        device_free(device);
        return NULL;
    }
    device_watch(device);
    return device;
}

struct device *nic_adopt(const struct device_place *place, uint32_t index,
                         const struct nic_config *config)
{
    struct device *device = nic_new(place, index, config);

    device_watch(device);
    return device;
}
