/* SPDX-License-Identifier: MIT */
#include "common/listen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/memory.h"

#define BACKLOG 64

int make_folders(const char *path, struct error *error)
{
    char *folder = memory_string(path);
    int result = 0;

    for (char *slash = strchr(folder + 1, '/'); slash && !result; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder, 0755) && errno != EEXIST)
            result = error_set(error, ERROR_FAILED, "PV-E0112", "the folder %s cannot be made: %s",
                               folder, strerror(errno));
        *slash = '/';
    }
    free(folder);
    return result;
}

static int bind_at(int fd, const struct sockaddr_un *address, mode_t mode)
{
    mode_t old = umask(0777 & ~mode);
    int result = bind(fd, (const struct sockaddr *)address, sizeof(*address));

    umask(old);
    return result || listen(fd, BACKLOG) ? -1 : 0;
}

int listen_unix(const char *path, mode_t mode, struct error *error)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd;

    if ((size_t)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path) >=
        sizeof(address.sun_path))
        return error_set(error, ERROR_INPUT, "PV-E0314", "the socket's path %s is too long", path);
    if (make_folders(path, error))
        return -1;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0) {
        unlink(path);
        if (!bind_at(fd, &address, mode))
            return fd;
        close(fd);
    }
    return error_set(error, ERROR_FAILED, "PV-E0113", "the socket %s cannot be made: %s", path,
                     strerror(errno));
}
