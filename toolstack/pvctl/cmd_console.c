/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "pvctl/client.h"
#include "pvctl/console.h"
#include "pvctl/interrupt.h"
#include "pvctl/stream.h"
#include "pvctl/terminal.h"

#define KEYS_BYTES 1024u

struct console {
    struct invocation *call;
    struct client *client;
    bool reads_keys; /* stdin is still of interest */
    bool has_left;
};

static int send_keys(struct console *console, struct error *error)
{
    uint8_t keys[KEYS_BYTES];
    ssize_t count = read(STDIN_FILENO, keys, sizeof(keys));
    uint8_t *escape;

    if (count <= 0) {
        console->reads_keys = false;
        return 0;
    }
    escape = memchr(keys, TERMINAL_ESCAPE_KEY, (size_t)count);
    if (escape) {
        console->has_left = true;
        count = escape - keys;
    }
    return client_send_input(console->client, keys, (size_t)count, error);
}

/* What has come from pvd; *ended when the answer is there. */
static int take_messages(struct console *console, bool *ended, struct error *error)
{
    do {
        json_t *event, *result;

        if (client_receive(console->client, &event, &result, error))
            return -1;
        *ended = result != NULL;
        json_decref(result);
        if (event)
            stream_write_data(console->call, event);
        json_decref(event);
    } while (!*ended && client_has_line(console->client));
    return 0;
}

static int run(struct console *console, struct error *error)
{
    struct pollfd polled[] = { { client_fd(console->client), POLLIN, 0 },
                               { 0, POLLIN, 0 },
                               { interrupt_fd(), POLLIN, 0 } };
    bool ended = false;

    while (!ended && !console->has_left && !interrupt_has_come()) {
        polled[1].fd = console->reads_keys ? STDIN_FILENO : -1;
        if (poll(polled, 3, -1) < 0) {
            if (errno == EINTR)
                continue;
            return error_set(error, ERROR_FAILED, "PV-E0107", "no way to wait: %s",
                             strerror(errno));
        }
        if (polled[1].revents && send_keys(console, error))
            return -1;
        if (polled[0].revents && take_messages(console, &ended, error))
            return -1;
    }
    return ended ? 0 : client_cancel(console->client, error);
}

int console_run(struct invocation *call, const char *domain, unsigned int flags,
                struct error *error)
{
    struct console console = { .call = call, .reads_keys = (flags & CONSOLE_WRITE) != 0 };
    struct termios before;
    bool is_raw = false;
    int result;

    if (client_open(call->settings, REQUEST_ID_console, &console.client, error))
        return -1;
    interrupt_watch();
    result =
        client_send(console.client, REQUEST_ID_console,
                    json_pack("{s:s, s:b, s:b, s:b}", "domain", domain, "write",
                              (flags & CONSOLE_WRITE) != 0, "force", (flags & CONSOLE_FORCE) != 0,
                              "from_start", (flags & CONSOLE_FROM_START) != 0),
                    error);
    if (!result) {
        if (isatty(STDIN_FILENO) && !call->settings->quiet)
            fprintf(stderr, "pvctl: at the console of %s; Ctrl-] leaves it\n", domain);
        is_raw = console.reads_keys && terminal_make_raw(&before);
        result = run(&console, error);
        if (is_raw)
            tcsetattr(STDIN_FILENO, TCSANOW, &before);
    }
    client_close(console.client);
    return result;
}

int command_console(struct invocation *call, struct error *error)
{
    unsigned int flags = call->options[OPTION_read_only] ? 0 : CONSOLE_WRITE;

    if (call->options[OPTION_force])
        flags |= CONSOLE_FORCE;
    call->show = NULL;
    return console_run(call, call->words[0], flags, error);
}
