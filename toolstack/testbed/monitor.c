/* SPDX-License-Identifier: MIT */
#include "testbed/monitor.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/connect.h"
#include "common/file.h"
#include "testbed/place.h"
#include "testbed/qemu_arguments.h"

#define LIMIT_MS 5000

/* Reads lines until one has @word; false if none comes. */
static bool await_word(int fd, const char *word)
{
    char text[4096];
    size_t used = 0;
    ssize_t got;

    do {
        struct pollfd polled = { fd, POLLIN, 0 };

        if (poll(&polled, 1, LIMIT_MS) <= 0)
            return false;
        got = read(fd, text + used, sizeof(text) - 1 - used);
        used += got > 0 ? (size_t)got : 0;
        text[used] = '\0';
    } while (got > 0 && used < sizeof(text) - 1 && !strstr(text, word));
    return strstr(text, word) != NULL;
}

static bool say(int fd, const char *command)
{
    char line[160];

    snprintf(line, sizeof(line), "{\"execute\":\"%s\"}\n", command);
    return !file_write_all(fd, line, strlen(line)) && await_word(fd, "\"return\"");
}

int monitor_command(const char *name, const char *command)
{
    char path[PATH_MAX];
    struct error ignored;
    int fd = place_runtime(name, FILE_MONITOR, path, &ignored) ? -1 : connect_unix(path);
    bool is_taken;

    if (fd < 0)
        return -1;
    is_taken = await_word(fd, "\"QMP\"") && say(fd, "qmp_capabilities") && say(fd, command);
    close(fd);
    return is_taken ? 0 : -1;
}
