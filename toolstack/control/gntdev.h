/* SPDX-License-Identifier: MIT */
/* Frames that other domains granted to the control domain, mapped by Linux's /dev/xen/gntdev. */
#ifndef PARAPET_TOOLSTACK_CONTROL_GNTDEV_H
#define PARAPET_TOOLSTACK_CONTROL_GNTDEV_H

#include "common/error.h"
#include "hypercall-abi/grant_table.h"
#include "hypercall-abi/types.h"

MUST_CHECK int gntdev_open(int *fd, struct error *error);

/* Map one frame, readable and writable. 0 or a negative errno. */
MUST_CHECK int gntdev_map(int fd, domid_t domid, grant_ref_t reference, void **mapping);
void gntdev_unmap(int fd, void *mapping);

#endif
