/* SPDX-License-Identifier: MIT */
#include "device/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LOOP_CONTROL "/dev/loop-control"
#define TRIES        16 /* another program may take the free device before us */

static int open_free(bool readonly, int *fd, struct error *error)
{
    int control = open(LOOP_CONTROL, O_RDWR | O_CLOEXEC);
    char path[32];
    int number;

    if (control < 0) {
        error_set(error, ERROR_FAILED, "PV-E0120", "%s cannot be opened: %s", LOOP_CONTROL,
                  strerror(errno));
        return error_hint(error, "load the module loop");
    }
    number = ioctl(control, LOOP_CTL_GET_FREE);
    close(control);
    if (number < 0)
        return error_set(error, ERROR_RESOURCES, "PV-E0712", "no loop device is free: %s",
                         strerror(errno));
    snprintf(path, sizeof(path), "/dev/loop%d", number);
    *fd = open(path, (readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC);
    if (*fd < 0)
        return error_set(error, ERROR_FAILED, "PV-E0121", "%s cannot be opened: %s", path,
                         strerror(errno));
    return 0;
}

static int configure(int fd, int file_fd, bool readonly, bool direct)
{
    struct loop_config config = {
        .fd = (__u32)file_fd,
        .info.lo_flags = LO_FLAGS_AUTOCLEAR | (readonly ? (__u32)LO_FLAGS_READ_ONLY : 0) |
                         (direct ? (__u32)LO_FLAGS_DIRECT_IO : 0),
    };

    return ioctl(fd, LOOP_CONFIGURE, &config);
}

int loop_attach(int file_fd, const char *path, bool readonly, int *fd, struct error *error)
{
    for (int i = 0; i < TRIES; i++) {
        if (open_free(readonly, fd, error))
            return -1;
        /* A file system without direct I/O (tmpfs) refuses the flag. */
        if (!configure(*fd, file_fd, readonly, true) ||
            (errno == EINVAL && !configure(*fd, file_fd, readonly, false)))
            return 0;
        close(*fd);
        if (errno != EBUSY)
            break;
    }
    return error_set(error, ERROR_FAILED, "PV-E0122", "%s cannot become a loop device: %s", path,
                     strerror(errno));
}
