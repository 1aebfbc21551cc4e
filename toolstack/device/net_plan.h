/* SPDX-License-Identifier: MIT */
/*
 * What is to be done to the control domain's network, as a list of steps: made without looking at
 * the host, then carried out through netlink and /proc/sys. A step that is done already is done.
 */
#ifndef PARAPET_TOOLSTACK_DEVICE_NET_PLAN_H
#define PARAPET_TOOLSTACK_DEVICE_NET_PLAN_H

#include "config/domain_config.h"

#define NET_STEPS_MAX   96
#define NET_VALUE_BYTES 96

enum net_action {
    NET_BRIDGE,  /* make the bridge @link, with the MAC address @value */
    NET_RENAME,  /* @link is called @value from now on */
    NET_MTU,     /* of @link: @value */
    NET_PORT,    /* @link becomes a port of the bridge @value */
    NET_ADDRESS, /* of @link: @value, with prefix */
    NET_UP,      /* @link */
    NET_ROUTE,   /* to @value, with prefix: directly through @link */
    NET_SETTING, /* below /proc/sys/net: @value is NAME=NUMBER */
};

struct net_step {
    enum net_action action;
    char link[INTERFACE_BYTES];
    char value[NET_VALUE_BYTES];
};

struct net_plan {
    struct net_step steps[NET_STEPS_MAX];
    size_t count;
};

/* What the words of a plan are in messages and tests. */
extern const char *const net_action_words[];

void net_plan_add(struct net_plan *plan, enum net_action action, const char *link,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Where a guest's card is, and where it is to be. */
struct nic_spot {
    char first_name[INTERFACE_BYTES]; /* as xen-netback made it */
    char name[INTERFACE_BYTES];
    char bridge[INTERFACE_BYTES]; /* empty: none */
    uint32_t mtu;                 /* 0: as it is */
};

/* The steps for a guest's card of the kind that @config says. */
void net_plan_nic(struct net_plan *plan, const struct nic_config *config,
                  const struct nic_spot *spot);

/* ---- link.c: on this host ---- */

/* net_plan_carry_out - stops at the first step that fails. */
MUST_CHECK int net_plan_carry_out(const struct net_plan *plan, struct error *error);

/* 0 if there is none. */
unsigned link_index(const char *name);
bool link_is_bridge(const char *name);
bool link_has_ports(const char *bridge);
/* 0 if it cannot be told. */
uint32_t link_mtu(const char *name);
/* link_remove - 0 if it was not there; else a negative errno. */
MUST_CHECK int link_remove(const char *name);

/* An IPv4 network that the host has an address in, or a route to. */
struct net_range {
    uint32_t address; /* in the host's byte order */
    uint32_t bits;
    char link[INTERFACE_BYTES];
};

/* link_ranges - up to @limit of them; the default route is none. How many, or a negative errno. */
int link_ranges(struct net_range *ranges, int limit);

#endif
