/* SPDX-License-Identifier: MIT */
/*
 * What happens to guests, told to those who follow. Nothing is kept: who comes later hears what
 * comes later. A client that does not read loses its connection, as with every stream.
 */
#include <stdarg.h>
#include <stdio.h>

#include "pvd/guest.h"

static struct list followers = { &followers, &followers };

static json_t *event_to_json(const struct guest *guest, const char *event, const char *detail)
{
    char now[32];
    json_t *json;

    time_to_text(time(NULL), now);
    json = json_pack("{s:s, s:s, s:s, s:s}", "time", now, "event", event, "name",
                     guest->config.name, "detail", detail);
    json_object_set_new(json, "domid", guest_domid_to_json(guest));
    return json;
}

void guest_event(const struct guest *guest, const char *event, const char *format, ...)
{
    char detail[256];
    va_list args;

    va_start(args, format);
    vsnprintf(detail, sizeof(detail), format, args);
    va_end(args);
    list_for_each(link, &followers) request_event(container_of(link, struct request, link),
                                                  event_to_json(guest, event, detail));
}

static void stop(struct request *request)
{
    request_answer(request, NULL);
}

void request_events(struct request *request)
{
    request->on_cancel = stop;
    list_append(&followers, &request->link);
}
