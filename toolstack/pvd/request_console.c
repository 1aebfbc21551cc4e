/* SPDX-License-Identifier: MIT */
/* Requests that read consoles and logs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "control/sysctl.h"
#include "pvd/guest.h"

#define PART_BYTES     16384u
#define TAIL_LINES     20u
#define TAIL_BYTES     4096u
#define RETRY_MS       50u
#define LOG_BYTES      65536u
#define CARD_LINES_MAX 40u

/* A reader of a guest's console, until the guest is gone or the client has enough. */
struct session {
    struct request *request;
    struct guest *guest;
    struct console_reader *reader;
    struct event_timer retry; /* the client is slow */
    struct event_call call;
    bool may_write;
    bool is_once; /* only what is there */
};

static void session_end(struct session *session)
{
    struct request *request = session->request;

    list_remove(&request->link);
    event_timer_stop(&session->retry);
    event_call_cancel(&session->call);
    if (session->reader)
        console_reader_remove(session->reader);
    free(session);
    request_answer(request, NULL);
}

static void session_serve(void *context)
{
    struct session *session = context;
    char bytes[PART_BYTES];
    size_t room, got;

    do {
        room = request_room(session->request);
        got = console_read(session->reader, bytes, room / 2 < PART_BYTES ? room / 2 : PART_BYTES);
        if (got)
            request_event_bytes(session->request, bytes, got);
    } while (got);
    if (room < PART_BYTES && session->request->client)
        event_timer_start(session->request->pvd->loop, &session->retry, RETRY_MS);
    else if (session->is_once || session->guest->phase == GUEST_GONE)
        session_end(session);
}

static void session_is_ready(void *context)
{
    struct session *session = context;

    event_call_defer(session->request->pvd->loop, &session->call);
}

static void session_input(struct request *request, const void *bytes, size_t count)
{
    struct session *session = request->context;

    if (session->may_write)
        console_type(session->guest->console, bytes, count);
}

static void session_cancel(struct request *request)
{
    session_end(request->context);
}

enum session_mode {
    SESSION_READ,
    SESSION_WRITE,
    SESSION_ONCE, /* only what is there */
};

static void session_start(struct request *request, struct guest *guest, bool from_start,
                          enum session_mode mode)
{
    struct session *session = memory_alloc(sizeof(*session));

    session->request = request;
    session->guest = guest;
    session->may_write = mode == SESSION_WRITE;
    session->is_once = mode == SESSION_ONCE;
    session->retry.handler = session->call.handler = session_serve;
    session->retry.context = session->call.context = session;
    session->reader = console_reader_add(guest->console, from_start, session_is_ready, session);
    request->context = session;
    request->on_input = session_input;
    request->on_cancel = session_cancel;
    list_append(&guest->sessions, &request->link);
    session_is_ready(session);
}

void guest_serve_sessions(struct guest *guest)
{
    list_for_each(link, &guest->sessions)
        session_is_ready(container_of(link, struct request, link)->context);
}

/* Who types at the guest's console; NULL: nobody. */
static struct session *writer_of(struct guest *guest)
{
    list_for_each(link, &guest->sessions)
    {
        struct session *session = container_of(link, struct request, link)->context;

        if (session->may_write)
            return session;
    }
    return NULL;
}

/* One writer at a time: two who type into one line make it nobody's. */
static int become_writer(struct guest *guest, bool by_force, struct error *error)
{
    static const char note[] = "\r\n[pvd: somebody else types here now; you are a reader]\r\n";
    struct session *writer = writer_of(guest);

    if (!writer)
        return 0;
    if (!by_force) {
        error_set(error, ERROR_STATE, "PV-E0616", "somebody types at the console of %s already",
                  guest->config.name);
        return error_hint(error, "look on with --read-only, or take over with --force");
    }
    writer->may_write = false;
    request_event_bytes(writer->request, note, sizeof(note) - 1);
    return 0;
}

void request_console(struct request *request)
{
    bool writes = request_flag(request, "write");
    struct error error;
    struct guest *guest = guest_of_request(request, &error);

    if (guest && (!writes || !become_writer(guest, request_flag(request, "force"), &error)))
        session_start(request, guest, request_flag(request, "from_start"),
                      writes ? SESSION_WRITE : SESSION_READ);
    else
        request_fail(request, &error);
}

void request_logs(struct request *request)
{
    struct error error;
    const char *name;
    struct guest *guest = NULL;

    if (!request_string(request, "domain", &name, &error))
        guest = guest_find_or_gone(name, &error);
    if (guest)
        session_start(request, guest, true,
                      request_flag(request, "follow") ? SESSION_READ : SESSION_ONCE);
    else
        request_fail(request, &error);
}

/* ---- the hypervisor's log ---- */

/* All of it, from *@index on; to be freed. */
static char *hypervisor_log(uint32_t *index, bool clear, struct error *error)
{
    char *text = memory_alloc(LOG_BYTES + 1);
    int got = sysctl_read_console(guests_control(), index, clear, text, LOG_BYTES);

    if (got < 0) {
        error_set(error, ERROR_FAILED, "PV-E0153", "the hypervisor does not show its log: %s",
                  strerror(-got));
        free(text);
        return NULL;
    }
    text[got] = '\0';
    return text;
}

static void answer_log(struct request *request, bool clear)
{
    struct error error;
    uint32_t index = 0;
    char *text = hypervisor_log(&index, clear, &error);
    json_t *value;

    if (!text) {
        request_fail(request, &error);
        return;
    }
    value = json_string(text);
    request_answer(request, json_pack("{s:o, s:b}", "text", value ? value : json_string(""),
                                      "cleared", clear));
    free(text);
}

/* A client that follows is told what is new every now and then: the log has no event to wait for. */
struct follower {
    struct request *request;
    struct event_timer timer;
    uint32_t index;
};

#define FOLLOW_MS 500u

static void follow(void *context)
{
    struct follower *follower = context;
    struct error error;
    char *text = hypervisor_log(&follower->index, false, &error);
    json_t *value = text && *text ? json_string(text) : NULL;

    if (value)
        request_event(follower->request, json_pack("{s:o}", "text", value));
    free(text);
    event_timer_start(follower->request->pvd->loop, &follower->timer, FOLLOW_MS);
}

static void stop_following(struct request *request)
{
    struct follower *follower = request->context;

    event_timer_stop(&follower->timer);
    free(follower);
    request_answer(request, NULL);
}

void request_dmesg(struct request *request)
{
    struct follower *follower;

    if (!request_flag(request, "follow")) {
        answer_log(request, false);
        return;
    }
    follower = memory_alloc(sizeof(*follower));
    follower->request = request;
    follower->timer.handler = follow;
    follower->timer.context = follower;
    request->context = follower;
    request->on_cancel = stop_following;
    follow(follower);
}

void request_dmesg_clear(struct request *request)
{
    answer_log(request, true);
}

/* ---- why ---- */

/* The last lines that the guest printed. */
static json_t *last_lines(const struct guest *guest)
{
    char text[TAIL_BYTES + 1];
    size_t bytes = console_tail(guest->console, text, TAIL_BYTES), lines = 0;
    char *start = text + bytes;
    json_t *list = json_array();

    text[bytes] = '\0';
    while (start > text && lines < TAIL_LINES) {
        start--;
        lines += *start == '\n';
    }
    for (char *line = strtok(start, "\r\n"); line; line = strtok(NULL, "\r\n")) {
        json_t *value = json_string(line);

        if (value)
            json_array_append_new(list, value);
    }
    return list;
}

/* What the hypervisor wrote about the domain: lines that name it, and those indented below. */
static json_t *hypervisor_lines(const struct guest *guest)
{
    json_t *list = json_array();
    struct error error;
    uint32_t index = 0;
    char *text = hypervisor_log(&index, false, &error);
    char domain[24], short_name[24];
    bool is_ours = false;

    snprintf(domain, sizeof(domain), "domain %u", guest->built.domid);
    snprintf(short_name, sizeof(short_name), "d%uv", guest->built.domid);
    for (char *line = text ? strtok(text, "\r\n") : NULL; line; line = strtok(NULL, "\r\n")) {
        const char *after = strstr(line, "] ");
        json_t *value;

        after = after ? after + 2 : line;
        is_ours = strstr(line, domain) || strstr(line, short_name) ||
                  (is_ours && after[0] == ' ' && after[1] == ' ');
        value = is_ours ? json_string(after) : NULL;
        if (value && json_array_size(list) < CARD_LINES_MAX)
            json_array_append_new(list, value);
        else
            json_decref(value);
    }
    free(text);
    return list;
}

static const char *advice_for(const struct guest *guest)
{
    if (guest->error.class != ERROR_NONE)
        return guest->error.hint;
    if (guest->end_reason == SHUTDOWN_crash)
        return "the lines of its console and the hypervisor's say what it did last";
    if (guest->end_reason == SHUTDOWN_watchdog)
        return "its own watchdog ended it: it did not run for too long";
    return "";
}

void request_why(struct request *request)
{
    struct error error;
    const char *name;
    struct guest *guest = NULL;
    struct guest_view view;
    char when[32];

    if (!request_string(request, "domain", &name, &error))
        guest = guest_find_or_gone(name, &error);
    if (!guest) {
        request_fail(request, &error);
        return;
    }
    guest_view(guest, &view);
    time_to_text(guest->ended ? guest->ended : guest->created, when);
    request_answer(request,
                   json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:s, s:b}", "state", view.state,
                             "reason", view.reason, "time", when, "lines", last_lines(guest),
                             "hypervisor_lines", hypervisor_lines(guest), "advice",
                             advice_for(guest), "message", guest->error.message, "by_user",
                             guest->is_destroyed));
}
