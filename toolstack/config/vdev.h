/* SPDX-License-Identifier: MIT */
/* The names of virtual disks (xvda, sda1, hda) and their numbers in the protocol. */
#ifndef PARAPET_TOOLSTACK_CONFIG_VDEV_H
#define PARAPET_TOOLSTACK_CONFIG_VDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VDEV_NAME_BYTES 16

/* vdev_number - false if @name is none: xvda to xvdzz.., hda to hdd, sda to sdp, with a partition. */
bool vdev_number(const char *name, uint32_t *number);

/* vdev_name_of_index - the name of the @index-th xvd disk: xvda is 0, xvdaa is 26. */
void vdev_name_of_index(uint32_t index, char name[VDEV_NAME_BYTES]);

#endif
