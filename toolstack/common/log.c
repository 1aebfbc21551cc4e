/* SPDX-License-Identifier: MIT */
#include "common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024

static const char *const names[] = { "error", "warning", "info", "debug" };
#define LEVEL_COUNT ((int)(sizeof(names) / sizeof(names[0])))

static enum log_level highest = LEVEL_INFO;
static int log_fd = STDERR_FILENO;

int log_open(enum log_level level, const char *path, struct error *error)
{
    int fd;

    highest = level;
    if (!path)
        return 0;
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (fd < 0)
        return error_set(error, ERROR_INPUT, "PV-E0313", "the log %s cannot be opened: %s", path,
                         strerror(errno));
    log_fd = fd;
    return 0;
}

int log_level_of(const char *name)
{
    for (int level = 0; level < LEVEL_COUNT; level++) {
        if (!strcmp(name, names[level]))
            return level;
    }
    return -1;
}

/* Text of guests may be in a message: it must not look like a line of its own. */
static void hide_control_characters(char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
    }
}

void log_line(enum log_level level, const char *format, ...)
{
    char text[LINE_MAX_BYTES], line[LINE_MAX_BYTES + 64];
    struct timespec now;
    va_list args;
    int bytes;

    if (level > highest)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    hide_control_characters(text);
    clock_gettime(CLOCK_MONOTONIC, &now);
    bytes = snprintf(line, sizeof(line), "[%5ld.%06ld] pvd: %s: %s\n", (long)now.tv_sec,
                     now.tv_nsec / 1000, names[level], text);
    /* A log that cannot be written is nothing to end the daemon for. */
    if (write(log_fd, line, (size_t)bytes) < 0)
        return;
}
