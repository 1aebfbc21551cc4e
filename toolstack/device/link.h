/* SPDX-License-Identifier: MIT */
/* Network interfaces of the control domain, through rtnetlink. */
#ifndef PARAPET_TOOLSTACK_DEVICE_LINK_H
#define PARAPET_TOOLSTACK_DEVICE_LINK_H

#include <stdbool.h>
#include <stdint.h>

/* 0 if there is none. */
unsigned link_index(const char *name);
bool link_is_bridge(const char *name);
/* 0 if it cannot be told. */
uint32_t link_mtu(const char *name);

/*
 * link_configure - up, as a port of @master (an index; 0: none), with @mtu (0: as it is).
 * 0 or a negative errno.
 */
int link_configure(unsigned index, unsigned master, uint32_t mtu);

/* link_rename - it must be down. 0 or a negative errno. */
int link_rename(unsigned index, const char *name);

#endif
