/* SPDX-License-Identifier: MIT */
#include "console/console.h"

#include <stdlib.h>
#include <string.h>

#include "console/history.h"
#include "console/log_file.h"
#include "hypercall-abi/io/byte_ring.h"

struct console_reader {
    struct console *console;
    struct console_reader *next;
    uint64_t position;
    console_ready ready;
    void *context;
};

struct console {
    struct history history;
    struct log_file log;
    struct console_reader *readers;

    struct xencons_interface *ring; /* NULL: no guest */
    void (*notify)(void *context);
    void *notify_context;
    bool is_broken;

    char input[CONSOLE_INPUT_BYTES];
    size_t input_bytes;
};

struct console *console_create(const char *log_path)
{
    struct console *console = calloc(1, sizeof(*console));

    if (!console)
        return NULL;
    if (history_init(&console->history, CONSOLE_HISTORY_BYTES)) {
        free(console);
        return NULL;
    }
    log_file_open(&console->log, log_path, CONSOLE_LOG_BYTES_MAX);
    return console;
}

void console_destroy(struct console *console)
{
    if (!console)
        return;
    for (struct console_reader *reader = console->readers, *next; reader; reader = next) {
        next = reader->next;
        free(reader);
    }
    log_file_close(&console->log);
    history_free(&console->history);
    free(console);
}

static void add_output(struct console *console, const char *bytes, size_t count)
{
    struct console_reader *reader, *next;

    history_add(&console->history, bytes, count);
    log_file_write(&console->log, bytes, count);
    for (reader = console->readers; reader; reader = next) {
        next = reader->next; /* the reader may go */
        reader->ready(reader->context);
    }
}

void console_note(struct console *console, const char *text)
{
    add_output(console, text, strlen(text));
}

/* ---- the guest's rings ---- */

static struct byte_ring output_ring(struct xencons_interface *page)
{
    return (struct byte_ring){ .bytes = page->out,
                               .size = sizeof(page->out),
                               .cons = &page->out_cons,
                               .prod = &page->out_prod };
}

static struct byte_ring input_ring(struct xencons_interface *page)
{
    return (struct byte_ring){
        .bytes = page->in, .size = sizeof(page->in), .cons = &page->in_cons, .prod = &page->in_prod
    };
}

static size_t take_output(struct console *console)
{
    struct byte_ring ring = output_ring(console->ring);
    char bytes[sizeof(console->ring->out)];
    uint32_t count;

    if (byte_ring_is_broken(&ring)) {
        console->is_broken = true;
        console_note(console, "\r\n[pvd: the guest broke its console]\r\n");
        return 0;
    }
    count = byte_ring_read(&ring, bytes, sizeof(bytes));
    if (count)
        add_output(console, bytes, count);
    return count;
}

static size_t give_input(struct console *console)
{
    struct byte_ring ring = input_ring(console->ring);
    size_t count = byte_ring_write(&ring, console->input, (uint32_t)console->input_bytes);

    memmove(console->input, console->input + count, console->input_bytes - count);
    console->input_bytes -= count;
    return count;
}

void console_serve(struct console *console)
{
    size_t moved;

    if (!console->ring || console->is_broken)
        return;
    moved = take_output(console);
    if (!console->is_broken)
        moved += give_input(console);
    if (moved)
        console->notify(console->notify_context);
}

void console_attach(struct console *console, struct xencons_interface *ring,
                    void (*notify)(void *context), void *context)
{
    console->ring = ring;
    console->notify = notify;
    console->notify_context = context;
    console->is_broken = false;
    console->input_bytes = 0;
    console_serve(console);
}

void console_detach(struct console *console)
{
    if (console->ring && !console->is_broken)
        take_output(console);
    console->ring = NULL;
}

bool console_is_broken(const struct console *console)
{
    return console->is_broken;
}

/* ---- readers and the writer ---- */

struct console_reader *console_reader_add(struct console *console, bool from_start,
                                          console_ready ready, void *context)
{
    struct console_reader *reader = malloc(sizeof(*reader));

    if (!reader)
        return NULL;
    *reader = (struct console_reader){
        .console = console,
        .next = console->readers,
        .position = from_start ? history_start(&console->history) : console->history.total,
        .ready = ready,
        .context = context,
    };
    console->readers = reader;
    return reader;
}

void console_reader_remove(struct console_reader *reader)
{
    struct console_reader **link = &reader->console->readers;

    while (*link != reader)
        link = &(*link)->next;
    *link = reader->next;
    free(reader);
}

size_t console_read(struct console_reader *reader, char *to, size_t room)
{
    return history_read(&reader->console->history, &reader->position, to, room);
}

size_t console_type(struct console *console, const char *bytes, size_t count)
{
    size_t room = sizeof(console->input) - console->input_bytes;

    if (count > room)
        count = room;
    memcpy(console->input + console->input_bytes, bytes, count);
    console->input_bytes += count;
    console_serve(console);
    return count;
}

size_t console_tail(const struct console *console, char *to, size_t room)
{
    uint64_t position = console->history.total > room ? console->history.total - room : 0;

    return history_read(&console->history, &position, to, room);
}
