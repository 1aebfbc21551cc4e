/* SPDX-License-Identifier: MIT */
/*
 * A copy of a disk image. Where the file system can (XFS, btrfs) it shares the blocks of the first
 * until one of the two writes, and is there at once; elsewhere it is copied, zeros left out.
 */
#ifndef PARAPET_TOOLSTACK_DEVICE_IMAGE_CLONE_H
#define PARAPET_TOOLSTACK_DEVICE_IMAGE_CLONE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

struct image_clone {
    const char *source; /* an image file or a block device */
    const char *target; /* must not be there */
    /* Called now and then while bytes are copied; may be NULL. */
    void (*progress)(void *context, uint64_t done, uint64_t total);
    void *context;

    uint64_t bytes; /* the answer: the image's size */
    bool is_shared;
};

/*
 * image_clone - 0, or -1 with @error filled in. The target appears when it is complete; whatever
 * ends the caller leaves nothing behind.
 */
MUST_CHECK int image_clone(struct image_clone *clone, struct error *error);

#endif
