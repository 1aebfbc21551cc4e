/* SPDX-License-Identifier: MIT */
#include "device/net_plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"

const char *const net_action_words[] = {
    [NET_BRIDGE] = "bridge", [NET_RENAME] = "rename",   [NET_MTU] = "mtu",
    [NET_PORT] = "port",     [NET_ADDRESS] = "address", [NET_UP] = "up",
    [NET_ROUTE] = "route",   [NET_SETTING] = "setting",
};

void net_plan_add(struct net_plan *plan, enum net_action action, const char *link,
                  const char *format, ...)
{
    struct net_step *step;
    va_list arguments;

    if (plan->count == NET_STEPS_MAX)
        return;
    step = &plan->steps[plan->count++];
    step->action = action;
    TEXT_SET(step->link, link);
    va_start(arguments, format);
    vsnprintf(step->value, sizeof(step->value), format, arguments);
    va_end(arguments);
}

/* A host's address has all its bits. */
static void add_route(struct net_plan *plan, const char *link, const char *address, int length)
{
    bool is_ipv6 = memchr(address, ':', (size_t)length) != NULL;
    bool has_prefix = memchr(address, '/', (size_t)length) != NULL;

    net_plan_add(plan, NET_ROUTE, link, "%.*s%s", length, address,
                 has_prefix ? "" : (is_ipv6 ? "/128" : "/32"));
}

/*
 * The guest takes the control domain for its gateway: that answers for every address that it has a
 * way to, and takes from the guest only packets that it has a route back to through the same card.
 */
static void add_routing(struct net_plan *plan, const struct nic_config *config, const char *link)
{
    const char *text = config->ip ? config->ip : "";

    net_plan_add(plan, NET_SETTING, "", "ipv4/conf/%s/proxy_arp=1", link);
    net_plan_add(plan, NET_SETTING, "", "ipv4/conf/%s/rp_filter=1", link);
    net_plan_add(plan, NET_SETTING, "", "ipv4/neigh/%s/proxy_delay=0", link);
    net_plan_add(plan, NET_SETTING, "", "ipv4/ip_forward=1");
    if (strchr(text, ':'))
        net_plan_add(plan, NET_SETTING, "", "ipv6/conf/all/forwarding=1");
    while (*(text += strspn(text, " "))) {
        int length = (int)strcspn(text, " ");

        add_route(plan, link, text, length);
        text += length;
    }
}

void net_plan_nic(struct net_plan *plan, const struct nic_config *config,
                  const struct nic_spot *spot)
{
    plan->count = 0;
    if (strcmp(spot->first_name, spot->name) != 0)
        net_plan_add(plan, NET_RENAME, spot->first_name, "%s", spot->name);
    if (spot->mtu)
        net_plan_add(plan, NET_MTU, spot->name, "%u", spot->mtu);
    if (spot->bridge[0])
        net_plan_add(plan, NET_PORT, spot->name, "%s", spot->bridge);
    net_plan_add(plan, NET_UP, spot->name, "%s", "");
    if (config->kind == NIC_ROUTED && !config->script)
        add_routing(plan, config, spot->name);
}
