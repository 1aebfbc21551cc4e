/* SPDX-License-Identifier: MIT */
/*
 * What a configuration needs of this host: files, devices, bridges. pvd looks again when it builds;
 * here the answer comes before anything is begun, and names what is to be done.
 */
#ifndef PARAPET_TOOLSTACK_PVCTL_HOST_CHECK_H
#define PARAPET_TOOLSTACK_PVCTL_HOST_CHECK_H

#include "config/domain_config.h"
#include "pvctl/settings.h"

/*
 * host_check - calls @found for each problem. Bridges that were left open are filled in, and a
 * disk of type file that is a block device becomes one of type block. With @thorough the kernel is
 * unpacked and looked into.
 */
void host_check(const struct settings *settings, struct domain_config *config, bool thorough,
                void (*found)(void *context, const struct error *problem), void *context);

/* host_check_first - the first problem as an error. */
MUST_CHECK int host_check_first(const struct settings *settings, struct domain_config *config,
                                bool thorough, struct error *error);

/* The same for one device. */
MUST_CHECK int host_check_disk(struct disk_config *disk, struct error *error);
MUST_CHECK int host_check_nic(const struct settings *settings, struct nic_config *nic,
                              struct error *error);

#endif
