/* SPDX-License-Identifier: MIT */
#include "pvctl/testbed_console.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "pvctl/interrupt.h"
#include "pvctl/terminal.h"
#include "testbed/place.h"
#include "testbed/process.h"
#include "testbed/qemu_arguments.h"

#define TAIL_LINES  10u
#define RELAY_BYTES 4096u

/* 1: go on; 0: the end. */
static int send_keys(int fd, bool is_raw)
{
    char keys[RELAY_BYTES];
    ssize_t count = read(STDIN_FILENO, keys, sizeof(keys));
    const char *escape =
        count > 0 && is_raw ? memchr(keys, TERMINAL_ESCAPE_KEY, (size_t)count) : NULL;

    if (count <= 0)
        return 0;
    if (file_write_all(fd, keys, escape ? (size_t)(escape - keys) : (size_t)count))
        return 0;
    return escape == NULL;
}

static int show_output(int fd)
{
    char text[RELAY_BYTES];
    ssize_t count = read(fd, text, sizeof(text));

    return count > 0 && !file_write_all(STDOUT_FILENO, text, (size_t)count);
}

static void relay(int fd, bool is_raw)
{
    struct pollfd polled[] = { { STDIN_FILENO, POLLIN, 0 },
                               { fd, POLLIN, 0 },
                               { interrupt_fd(), POLLIN, 0 } };
    int going = 1;

    while (going && !interrupt_has_come()) {
        if (poll(polled, 3, -1) < 0 && errno != EINTR)
            return;
        if (polled[1].revents)
            going = show_output(fd);
        if (going && polled[0].revents)
            going = send_keys(fd, is_raw);
    }
}

int testbed_console_run(const struct invocation *call, const char *name, struct error *error)
{
    char path[PATH_MAX];
    struct termios before;
    char *tail;
    bool is_raw;
    int fd;

    if (place_runtime(name, FILE_SERIAL, path, error))
        return -1;
    fd = place_connect(name, path, error);
    if (fd < 0)
        return -1;
    if (isatty(STDIN_FILENO) && !call->settings->quiet)
        fprintf(stderr, "pvctl: at the serial console of %s; Ctrl-] leaves it\n", name);
    tail = process_log_tail(name, FILE_SERIAL_LOG, TAIL_LINES);
    fputs(tail, stdout);
    fflush(stdout);
    free(tail);
    interrupt_watch();
    is_raw = terminal_make_raw(&before);
    relay(fd, is_raw);
    if (is_raw)
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
    if (is_raw)
        putchar('\n');
    close(fd);
    return 0;
}
