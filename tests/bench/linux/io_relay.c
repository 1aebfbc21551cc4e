/* SPDX-License-Identifier: MIT */
/*
 * In the host: between the consoles of guests and its own.
 *
 * Each guest is a command that runs at a terminal of its own, and that has the guest's console there.
 * When all guests stand at a mark ("@B name", "@E name"), what the counters' command prints goes out,
 * then the mark, once; the line that comes in then sets them all going. Results get the guest's number.
 * All other lines pass as "guest N: ...". The end is when all have said "@done".
 */
#include "io_program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define GUESTS_MAX 8
#define LINE_BYTES 512u

struct guest {
    int terminal;
    bool is_waiting, is_done;
    char line[LINE_BYTES];
    size_t bytes;
};

static struct guest guests[GUESTS_MAX];
static int guest_count;
static const char *counters_command;

static int start(const char *command)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    int slave;

    must(master >= 0 && !grantpt(master) && !unlockpt(master), "terminal");
    slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    must(slave >= 0, "terminal");
    make_plain(slave);
    if (fork() == 0) {
        setsid();
        ioctl(slave, TIOCSCTTY, 0);
        dup2(slave, 0);
        dup2(slave, 1);
        dup2(slave, 2);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    close(slave);
    return master;
}

static int count_of(bool wants_done)
{
    int count = 0;

    for (int i = 0; i < guest_count; i++)
        count += wants_done ? guests[i].is_done : guests[i].is_waiting;
    return count;
}

static void await_line(void)
{
    char byte;

    do {
        must(read(0, &byte, 1) == 1, "console");
    } while (byte != '\n' && byte != '\r');
}

static void pass_mark(const char *mark)
{
    fflush(stdout);
    if (counters_command[0] && system(counters_command))
        printf("@F counters\n");
    printf("%s\n", mark);
    await_line();
    for (int i = 0; i < guest_count; i++) {
        guests[i].is_waiting = false;
        must(write(guests[i].terminal, "\n", 1) == 1, "guest's console");
    }
}

/* Firmware and kernel may leave something before it on the same line. */
static void take_line(int index, const char *line)
{
    const char *mark = strstr(line, "@B ");

    mark = mark ? mark : strstr(line, "@E ");
    if (mark) {
        guests[index].is_waiting = true;
        if (count_of(false) == guest_count)
            pass_mark(mark);
        return;
    }
    mark = strstr(line, "@R ");
    if (mark)
        printf("@R%d %s\n", index, mark + 3);
    else if ((mark = strstr(line, "@F ")))
        printf("%s\n", mark);
    else if (line[0])
        printf("guest %d: %s\n", index, line);
    guests[index].is_done |= strstr(line, "@done") != NULL;
}

static void take_byte(int index, char byte)
{
    struct guest *guest = &guests[index];

    if (byte != '\n') {
        if (byte != '\r' && guest->bytes < LINE_BYTES - 1)
            guest->line[guest->bytes++] = byte;
        return;
    }
    guest->line[guest->bytes] = '\0';
    guest->bytes = 0;
    take_line(index, guest->line);
}

static void take_bytes(int index)
{
    char bytes[LINE_BYTES];
    ssize_t count = read(guests[index].terminal, bytes, sizeof(bytes));

    if (count <= 0) {
        printf("@F guest %d: its console ended\n", index);
        exit(1);
    }
    for (ssize_t i = 0; i < count; i++)
        take_byte(index, bytes[i]);
}

int relay(int count, char **words)
{
    struct pollfd polled[GUESTS_MAX];

    must(count >= 2 && count <= GUESTS_MAX + 1, "number of guests");
    setvbuf(stdout, NULL, _IOLBF, 0);
    make_plain(0);
    counters_command = words[0];
    for (guest_count = 0; guest_count < count - 1; guest_count++)
        guests[guest_count].terminal = start(words[guest_count + 1]);
    while (count_of(true) < guest_count) {
        for (int i = 0; i < guest_count; i++)
            polled[i] = (struct pollfd){ guests[i].terminal, POLLIN, 0 };
        must(poll(polled, (nfds_t)guest_count, -1) > 0 || errno == EINTR, "poll");
        for (int i = 0; i < guest_count; i++) {
            if (polled[i].revents)
                take_bytes(i);
        }
    }
    printf("@done\n");
    return 0;
}
