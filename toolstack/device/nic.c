/* SPDX-License-Identifier: MIT */
/*
 * Network cards: xen-netback makes an interface vifDOMID.INDEX, which is put on a bridge, or gets
 * routes. The backend connects when `hotplug-status` says that this is done.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/memory.h"
#include "common/text.h"
#include "config/values.h"
#include "device/device_internal.h"
#include "device/nat.h"
#include "device/net_plan.h"

#define MTU_DEFAULT 1500u
#define RATE_USEC   50000u /* the window in which a limit holds */
#define RETRY_MS    20u
#define BUILT_IN    "built-in" /* xen-netback wants a name, and gives it to udev */

static const char *const default_bridges[] = { "xenbr0", "virbr0", "br0" };

static void first_name(const struct device *device, char name[INTERFACE_BYTES])
{
    snprintf(name, INTERFACE_BYTES, "vif%u.%u", device->domid, device->number);
}

void nic_interface_name(const struct device *device, char name[INTERFACE_BYTES])
{
    if (device->nic.target[0])
        memcpy(name, device->nic.target, INTERFACE_BYTES);
    else
        first_name(device, name);
}

/* The bridge that is meant: the one named, or the first of the usual ones that is there. */
static const char *bridge_of(const struct nic_config *config)
{
    if (config->kind == NIC_NAT)
        return NAT_BRIDGE;
    if (config->kind != NIC_BRIDGE)
        return NULL;
    if (config->bridge[0])
        return config->bridge;
    for (size_t i = 0; i < sizeof(default_bridges) / sizeof(default_bridges[0]); i++) {
        if (link_is_bridge(default_bridges[i]))
            return default_bridges[i];
    }
    return NULL;
}

static int check_bridge(const struct nic_config *config, struct error *error)
{
    const char *bridge = bridge_of(config);

    if (!bridge) {
        error_set(error, ERROR_NOT_FOUND, "PV-E0510", "there is no bridge xenbr0, virbr0 or br0");
        return error_hint(error, "make one: ip link add xenbr0 type bridge; or take the built-in "
                                 "network: <interface type='network'><source network='default'/>");
    }
    if (!link_index(bridge)) {
        error_set(error, ERROR_NOT_FOUND, "PV-E0511", "there is no bridge %s", bridge);
        return error_hint(error, "make it: ip link add %s type bridge; ip link set %s up", bridge,
                          bridge);
    }
    if (!link_is_bridge(bridge))
        return error_set(error, ERROR_INPUT, "PV-E0340", "%s is no bridge", bridge);
    return 0;
}

int nic_check(const struct nic_config *config, struct error *error)
{
    if (config->backend_domain)
        return 0; /* all of it is done there */
    if (config->target[0] && link_index(config->target)) {
        error_set(error, ERROR_STATE, "PV-E0640", "there is an interface %s already",
                  config->target);
        return error_hint(error, "give the card another <target dev=...>, or none");
    }
    if (config->script)
        return script_check(config->script, error);
    switch (config->kind) {
    case NIC_BRIDGE:
        return check_bridge(config, error);
    case NIC_NAT:
        return nat_check(config->ip, error);
    case NIC_ROUTED:
    default:
        break;
    }
    if (config->ip)
        return 0;
    error_set(error, ERROR_INPUT, "PV-E0346", "a routed card needs the guest's address");
    return error_hint(error, "add <ip address='...'/> to the <interface>, or --ip");
}

static unsigned interface_of(const struct device *device)
{
    char name[INTERFACE_BYTES], first[INTERFACE_BYTES];
    unsigned index;

    nic_interface_name(device, name);
    first_name(device, first);
    index = link_index(first);
    return index ? index : link_index(name);
}

/* The interface is there now: give it its name, its size and its place. */
static int place_interface(struct device *device)
{
    const char *bridge = device->nic.script ? NULL : bridge_of(&device->nic);
    struct nic_spot spot = { .mtu = device->nic.mtu };
    struct net_plan plan;

    nic_interface_name(device, spot.name);
    first_name(device, spot.first_name);
    if (bridge) {
        TEXT_SET(spot.bridge, bridge);
        if (!link_index(bridge)) {
            error_set(&device->error, ERROR_NOT_FOUND, "PV-E0512", "the bridge %s is gone", bridge);
            return error_hint(&device->error, "make it again: ip link add %s type bridge", bridge);
        }
        if (!spot.mtu)
            spot.mtu = link_mtu(bridge);
    }
    net_plan_nic(&plan, &device->nic, &spot);
    return net_plan_carry_out(&plan, &device->error);
}

static void nic_waits(struct device *device);

static void try_again(void *context)
{
    struct device *device = context;

    if (device->phase == DEVICE_STARTING)
        nic_waits(device);
}

static void wait_a_moment(struct device *device)
{
    device->retry.handler = try_again;
    device->retry.context = device;
    event_timer_start(device->loop, &device->retry, RETRY_MS);
}

static void nic_is_plugged(struct device *device)
{
    if (device_write_backend(device, NULL, "hotplug-status", "connected")) {
        error_set(&device->error, ERROR_FAILED, "PV-E0132", "the store refuses the card's nodes");
        device_failed(device);
    } else {
        device_is_ready(device);
    }
}

static bool is_done_already(const struct device *device)
{
    char *status = device_read_backend(device, "hotplug-status");
    bool is_done = status && !strcmp(status, "connected");

    free(status);
    return is_done;
}

/* Returns true if the network is there; else looks again later. */
static bool network_is_there(struct device *device)
{
    const struct error *error;
    enum nat_phase phase = device->uses_nat ? nat_phase(&error) : NAT_UP;

    if (phase == NAT_STARTING) {
        wait_a_moment(device);
    } else if (phase == NAT_FAILED) {
        device->error = *error;
        device_failed(device);
    }
    return phase == NAT_UP;
}

static void nic_waits(struct device *device)
{
    if (device->program)
        return;
    if (!device_is_here(device) || is_done_already(device)) {
        device_is_ready(device);
        return;
    }
    if (!interface_of(device)) { /* xen-netback makes it after it has said that it waits */
        wait_a_moment(device);
        return;
    }
    if (!network_is_there(device))
        return;
    if (place_interface(device) ||
        (device->nic.script && script_run(device, "online", &device->error)))
        device_failed(device);
    else if (!device->nic.script)
        nic_is_plugged(device);
}

/* xen-netback removes its interface, and with it the port of the bridge, and routes. */
static void nic_release(struct device *device)
{
    if (!device->uses_nat)
        return;
    device->uses_nat = false;
    nat_host_remove(device->nic.mac);
    nat_end();
}

static const struct device_kind nic_kind = {
    .name = "vif", .backend_waits = nic_waits, .is_plugged = nic_is_plugged, .release = nic_release
};

static int write_optional(struct device *device, struct store_transaction *transaction)
{
    const struct nic_config *config = &device->nic;
    char rate[48];

    if ((config->ip && device_write_backend(device, transaction, "ip", config->ip)) ||
        (config->target[0] && device_write_backend(device, transaction, "vifname", config->target)))
        return -1;
    if (!config->rate_bytes)
        return 0;
    snprintf(rate, sizeof(rate), "%llu,%u",
             (unsigned long long)(config->rate_bytes * RATE_USEC / 1000000), RATE_USEC);
    return device_write_backend(device, transaction, "rate", rate);
}

static uint32_t mtu_of(const struct nic_config *config, const char *bridge)
{
    uint32_t mtu = config->mtu || !bridge ? config->mtu : link_mtu(bridge);

    return mtu ? mtu : MTU_DEFAULT;
}

static int write_nic_nodes(struct device *device, struct store_transaction *transaction)
{
    const struct nic_config *config = &device->nic;
    const char *bridge = bridge_of(config);
    char handle[16], mac[MAC_TEXT_BYTES], mtu[16];

    snprintf(handle, sizeof(handle), "%u", device->number);
    snprintf(mtu, sizeof(mtu), "%u", mtu_of(config, bridge));
    mac_format(config->mac, mac);
    if (device_write_nodes(device, transaction) ||
        device_write_backend(device, transaction, "handle", handle) ||
        device_write_backend(device, transaction, "mac", mac) ||
        device_write_backend(device, transaction, "bridge", bridge ? bridge : "") ||
        device_write_backend(device, transaction, "type", "vif") ||
        device_write_backend(device, transaction, "script",
                             config->script ? config->script : BUILT_IN) ||
        write_optional(device, transaction))
        return -1;
    return device_write_frontend(device, transaction, "handle", handle) ||
                   device_write_frontend(device, transaction, "mac", mac) ||
                   device_write_frontend(device, transaction, "mtu", mtu) ||
                   device_write_frontend(device, transaction, "trusted", "1")
               ? -1
               : 0;
}

static void copy_config(struct nic_config *to, const struct nic_config *from)
{
    *to = *from;
    to->ip = from->ip ? memory_string(from->ip) : NULL;
    to->script = from->script ? memory_string(from->script) : NULL;
    to->backend_domain = from->backend_domain ? memory_string(from->backend_domain) : NULL;
}

/* The network default, and what it is to know of this guest. */
static int join_network(struct device *device, struct error *error)
{
    const struct nic_config *config = &device->nic;
    char *path, *name;
    int result;

    if (config->kind != NIC_NAT || config->script || !device_is_here(device))
        return 0;
    if (nat_begin(device->loop, error))
        return -1;
    device->uses_nat = true;
    path = memory_format("/local/domain/%u/name", device->domid);
    name = store_read_string(device->store, NULL, path);
    /* A guest's further cards have no name of their own. */
    result = nat_host_add(config->mac, config->ip, name && !device->number ? name : "", error);
    free(name);
    free(path);
    return result;
}

static int announce(struct device *device, struct error *error)
{
    struct store_transaction *transaction = store_transaction_start(device->store);
    int result = write_nic_nodes(device, transaction);

    if (store_transaction_end(transaction, !result) || result)
        return error_set(error, ERROR_FAILED, "PV-E0133", "the store refuses the card's nodes");
    return 0;
}

struct device *nic_attach(const struct device_place *place, uint32_t index,
                          const struct nic_config *config, struct error *error)
{
    struct device *device;

    if (nic_check(config, error))
        return NULL;
    device = device_new(place, &nic_kind, index);
    copy_config(&device->nic, config);
    if (join_network(device, error) || announce(device, error)) {
        nic_release(device);
        device_free(device);
        return NULL;
    }
    device_watch(device);
    return device;
}

struct device *nic_adopt(const struct device_place *place, uint32_t index,
                         const struct nic_config *config)
{
    struct device *device = device_found(place, &nic_kind, index);
    struct error error;

    copy_config(&device->nic, config);
    if (join_network(device, &error))
        log_error("card %u of domain %u: %s", index, device->domid, error.message);
    device_watch(device);
    return device;
}
