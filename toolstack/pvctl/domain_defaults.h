/* SPDX-License-Identifier: MIT */
/* What a domain document left open. */
#ifndef PARAPET_TOOLSTACK_PVCTL_DOMAIN_DEFAULTS_H
#define PARAPET_TOOLSTACK_PVCTL_DOMAIN_DEFAULTS_H

#include <stddef.h>

#include "config/domain_config.h"

/*
 * domain_defaults - fills in: memory at start, a random uuid, and MAC addresses that stay the same
 * for the uuid and the card's place.
 */
MUST_CHECK int domain_defaults(struct domain_config *config, struct error *error);

/* The address of the @index-th card of the domain @uuid: 00:16:3e and three bytes. */
void default_mac(const uint8_t uuid[DOMAIN_UUID_BYTES], size_t index, uint8_t mac[MAC_BYTES]);

/*
 * default_bridge - the first of @candidates (words with blanks between) that is a bridge below
 * @sysfs_net, normally /sys/class/net.
 */
MUST_CHECK int default_bridge(const char *sysfs_net, const char *candidates,
                              char bridge[INTERFACE_BYTES], struct error *error);

/* The bridge @name is one below @sysfs_net; the error lists those that are. */
MUST_CHECK int bridge_check(const char *sysfs_net, const char *name, struct error *error);

#endif
