/* SPDX-License-Identifier: MIT */
#include "pvd/waiter.h"

#include <stdlib.h>

#include "common/memory.h"

#define NS_PER_MS 1000000u

static struct request *waiter_end(struct guest_waiter *waiter)
{
    struct request *request = waiter->request;

    list_remove(&waiter->link);
    event_timer_stop(&waiter->timer);
    free(waiter);
    return request;
}

void waiter_answer(struct guest_waiter *waiter, json_t *result)
{
    request_answer(waiter_end(waiter), result);
}

void waiter_fail(struct guest_waiter *waiter, const struct error *error)
{
    request_fail(waiter_end(waiter), error);
}

static void cancel(struct request *request)
{
    struct guest_waiter *waiter = request->context;
    struct guest *guest = waiter->guest;
    struct error error;

    /* A guest that nobody waits for any more is not made. */
    if (request->command == REQUEST_ID_create && guest->phase < GUEST_ALIVE)
        guest_end(guest, SEQUEL_NONE);
    error_set(&error, ERROR_FAILED, "PV-E0150", "interrupted");
    waiter_fail(waiter, &error);
}

static void time_is_up(void *context)
{
    struct guest_waiter *waiter = context;
    struct error error;

    error_set(&error, ERROR_TIMEOUT, "PV-E1002", "%s did not come to that state in time",
              waiter->guest->config.name);
    waiter_fail(waiter, &error);
}

struct guest_waiter *waiter_start(struct request *request, struct guest *guest,
                                  void (*check)(struct guest_waiter *waiter), void *context,
                                  uint64_t timeout_ns)
{
    struct guest_waiter *waiter = memory_alloc(sizeof(*waiter));

    waiter->request = request;
    waiter->check = check;
    waiter->context = context;
    waiter->timer.handler = time_is_up;
    waiter->timer.context = waiter;
    request->context = waiter;
    request->on_cancel = cancel;
    if (timeout_ns)
        event_timer_start(request->pvd->loop, &waiter->timer, timeout_ns / NS_PER_MS + 1);
    guest_add_waiter(guest, waiter);
    return waiter;
}
