/* SPDX-License-Identifier: MIT */
/* Consoles: bytes both ways, readers that are late, and a guest that lies about its rings. */
#include "console/console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "console/log_file.h"
#include "support/unit.h"

struct world {
    struct console *console;
    struct xencons_interface ring;
    unsigned notified, ready;
    char log[64];
};

static void count_notify(void *context)
{
    ((struct world *)context)->notified++;
}

static void count_ready(void *context)
{
    ((struct world *)context)->ready++;
}

static void start(struct world *w)
{
    memset(w, 0, sizeof(*w));
    snprintf(w->log, sizeof(w->log), "/tmp/console_test.%d", (int)getpid());
    unlink(w->log);
    w->console = console_create(w->log);
    ck_assert_ptr_nonnull(w->console);
}

static void end(struct world *w)
{
    console_destroy(w->console);
    unlink(w->log);
}

static void guest_prints(struct world *w, const char *text)
{
    for (; *text; text++)
        w->ring.out[w->ring.out_prod++ % sizeof(w->ring.out)] = *text;
}

static void must_tail(struct world *w, const char *text)
{
    char bytes[256] = { 0 };

    console_tail(w->console, bytes, sizeof(bytes) - 1);
    ck_assert_str_eq(bytes, text);
}

TEST(console, keeps_what_was_printed_before_anybody_looked)
{
    struct world w;
    struct console_reader *reader;
    char bytes[64] = { 0 };

    start(&w);
    guest_prints(&w, "first\n");
    console_attach(w.console, &w.ring, count_notify, &w);
    ck_assert_uint_eq(w.notified, 1);
    ck_assert_uint_eq(w.ring.out_cons, w.ring.out_prod);
    reader = console_reader_add(w.console, true, count_ready, &w);
    ck_assert_uint_eq(console_read(reader, bytes, sizeof(bytes)), 6);
    ck_assert_str_eq(bytes, "first\n");
    guest_prints(&w, "second\n");
    console_serve(w.console);
    ck_assert_uint_eq(w.ready, 1);
    ck_assert_uint_eq(console_read(reader, bytes, sizeof(bytes)), 7);
    end(&w);
}

TEST(console, takes_the_last_words_when_the_guest_goes)
{
    struct world w;

    start(&w);
    console_attach(w.console, &w.ring, count_notify, &w);
    guest_prints(&w, "goodbye\n");
    console_detach(w.console);
    must_tail(&w, "goodbye\n");
    ck_assert_uint_eq(console_type(w.console, "x", 1), 1);
    end(&w);
}

TEST(console, gives_what_is_typed_as_the_guest_has_room)
{
    struct world w;
    char many[3000];

    start(&w);
    memset(many, 'k', sizeof(many));
    console_attach(w.console, &w.ring, count_notify, &w);
    ck_assert_uint_eq(console_type(w.console, many, sizeof(many)), sizeof(many));
    ck_assert_uint_eq(w.ring.in_prod, 1024);
    w.ring.in_cons = 1000;
    console_serve(w.console);
    ck_assert_uint_eq(w.ring.in_prod, 2024);
    ck_assert_uint_eq(console_type(w.console, many, sizeof(many)), sizeof(many));
    ck_assert_uint_eq(console_type(w.console, many, sizeof(many)), CONSOLE_INPUT_BYTES - 3976);
    end(&w);
}

TEST(console, stops_at_indices_that_make_no_sense)
{
    struct world w;

    start(&w);
    console_attach(w.console, &w.ring, count_notify, &w);
    w.ring.out_prod = 0x80000000u;
    console_serve(w.console);
    ck_assert(console_is_broken(w.console));
    ck_assert_uint_eq(w.ring.out_cons, 0);
    w.ring.out_prod = 1;
    console_serve(w.console);
    ck_assert_uint_eq(w.ring.out_cons, 0);
    end(&w);
}

TEST(console, does_not_write_input_past_a_lie)
{
    struct world w;

    start(&w);
    console_attach(w.console, &w.ring, count_notify, &w);
    w.ring.in_cons = 77;
    console_type(w.console, "abc", 3);
    ck_assert_uint_eq(w.ring.in_prod, 0);
    end(&w);
}

TEST(console, drops_the_oldest_bytes_for_a_slow_reader)
{
    struct world w;
    struct console_reader *reader;
    char line[101], *all = malloc(2 * CONSOLE_HISTORY_BYTES);
    size_t got;

    start(&w);
    console_attach(w.console, &w.ring, count_notify, &w);
    reader = console_reader_add(w.console, true, count_ready, &w);
    memset(line, 'x', 100);
    line[100] = '\0';
    for (unsigned i = 0; i < 2000; i++) {
        guest_prints(&w, line);
        console_serve(w.console);
    }
    guest_prints(&w, "END");
    console_serve(w.console);
    got = console_read(reader, all, 2 * CONSOLE_HISTORY_BYTES);
    ck_assert_uint_eq(got, CONSOLE_HISTORY_BYTES);
    ck_assert_mem_eq(all + got - 4, "xEND", 4);
    free(all);
    end(&w);
}

TEST(console, rotates_its_log)
{
    struct log_file log;
    struct stat status;
    char path[64], old[80];

    snprintf(path, sizeof(path), "/tmp/console_log.%d", (int)getpid());
    snprintf(old, sizeof(old), "%s.1", path);
    log_file_open(&log, path, 100);
    for (unsigned i = 0; i < 25; i++)
        log_file_write(&log, "0123456789", 10);
    log_file_close(&log);
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_int_eq(status.st_size, 50);
    ck_assert_int_eq(stat(old, &status), 0);
    ck_assert_int_eq(status.st_size, 100);
    unlink(path);
    unlink(old);
}

TEST(console, lives_with_a_log_that_cannot_be_written)
{
    struct log_file log;

    log_file_open(&log, "/nowhere/at/all", 100);
    log_file_write(&log, "lost", 4);
    log_file_close(&log);
}
