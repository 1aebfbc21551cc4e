/* SPDX-License-Identifier: MIT */
#include "pvctl/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t has_come;
static int ends[2] = { -1, -1 }; /* of a pipe, so that none is missed just before a poll() */

static void on_signal(int number)
{
    int reason = errno;
    ssize_t written;

    (void)number;
    has_come = 1;
    written = write(ends[1], "", 1);
    (void)written; /* a full pipe is readable, too */
    errno = reason;
}

int interrupt_fd(void)
{
    return ends[0];
}

void interrupt_watch(void)
{
    struct sigaction action = { .sa_handler = on_signal };

    if (ends[0] >= 0 || pipe2(ends, O_CLOEXEC | O_NONBLOCK))
        return;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool interrupt_has_come(void)
{
    return has_come != 0;
}
