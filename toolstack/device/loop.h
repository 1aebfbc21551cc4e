/* SPDX-License-Identifier: MIT */
/*
 * Loop devices: a file as a block device, by ioctl. The device goes by itself when nobody has it
 * open any more, so none is left behind even if the daemon dies.
 */
#ifndef PARAPET_TOOLSTACK_DEVICE_LOOP_H
#define PARAPET_TOOLSTACK_DEVICE_LOOP_H

#include <stdbool.h>

#include "common/error.h"

/*
 * loop_attach - a loop device for the open file @file_fd (@path for messages): an open descriptor
 * of the device in *@fd, with direct I/O if the file's system can.
 */
MUST_CHECK int loop_attach(int file_fd, const char *path, bool readonly, int *fd,
                           struct error *error);

#endif
