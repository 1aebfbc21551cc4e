/* SPDX-License-Identifier: MIT */
/*
 * A turn: wait, call the handlers of ready descriptors, of timers that are due, and then the calls
 * that were deferred up to now. Calls that those defer wait for the next turn, which does not
 * wait for descriptors then: whoever has much work does it in parts and lets others in between.
 */
#include "common/event_loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "common/memory.h"

#define EVENTS_PER_TURN 64
#define NS_PER_MS       1000000u

struct event_loop {
    int epoll_fd;
    bool is_running;
    struct list timers; /* by time, the next one first */
    struct list calls;
    /* What epoll reported and was not handled yet; data.ptr is NULL if it was stopped since. */
    struct epoll_event ready[EVENTS_PER_TURN];
    int ready_count;
};

struct event_loop *event_loop_create(struct error *error)
{
    struct event_loop *loop;
    int fd = epoll_create1(EPOLL_CLOEXEC);

    if (fd < 0) {
        error_set(error, ERROR_RESOURCES, "PV-E0718", "no event loop: %s", strerror(errno));
        return NULL;
    }
    loop = memory_alloc(sizeof(*loop));
    loop->epoll_fd = fd;
    list_init(&loop->timers);
    list_init(&loop->calls);
    return loop;
}

void event_loop_destroy(struct event_loop *loop)
{
    list_for_each(link, &loop->timers)
        event_timer_stop(container_of(link, struct event_timer, link));
    list_for_each(link, &loop->calls)
        event_call_cancel(container_of(link, struct event_call, link));
    close(loop->epoll_fd);
    free(loop);
}

void event_loop_run(struct event_loop *loop)
{
    loop->is_running = true;
    while (loop->is_running)
        event_loop_turn(loop, -1);
}

void event_loop_stop(struct event_loop *loop)
{
    loop->is_running = false;
}

uint64_t event_loop_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int wait_time_ms(const struct event_loop *loop, int limit_ms)
{
    const struct event_timer *timer;
    uint64_t now, left_ms;

    if (!list_is_empty(&loop->calls))
        return 0;
    if (list_is_empty(&loop->timers))
        return limit_ms;
    timer = container_of(loop->timers.next, struct event_timer, link);
    now = event_loop_now_ns();
    if (timer->due_ns <= now)
        return 0;
    left_ms = (timer->due_ns - now + NS_PER_MS - 1) / NS_PER_MS;
    if (left_ms > INT32_MAX)
        left_ms = INT32_MAX;
    return limit_ms >= 0 && (uint64_t)limit_ms < left_ms ? limit_ms : (int)left_ms;
}

static void handle_descriptors(struct event_loop *loop)
{
    for (int i = 0; i < loop->ready_count; i++) {
        struct event_fd *record = loop->ready[i].data.ptr;

        if (record)
            record->handler(record->context, loop->ready[i].events);
    }
    loop->ready_count = 0;
}

static void handle_timers(struct event_loop *loop)
{
    uint64_t now = event_loop_now_ns();

    while (!list_is_empty(&loop->timers)) {
        struct event_timer *timer = container_of(loop->timers.next, struct event_timer, link);

        if (timer->due_ns > now)
            break;
        event_timer_stop(timer);
        timer->handler(timer->context);
    }
}

static void handle_calls(struct event_loop *loop)
{
    struct list now;

    list_init(&now);
    list_move_all(&now, &loop->calls);
    while (!list_is_empty(&now)) {
        struct event_call *call = container_of(now.next, struct event_call, link);

        event_call_cancel(call);
        call->handler(call->context);
    }
}

void event_loop_turn(struct event_loop *loop, int wait_ms)
{
    int count =
        epoll_wait(loop->epoll_fd, loop->ready, EVENTS_PER_TURN, wait_time_ms(loop, wait_ms));

    loop->ready_count = count > 0 ? count : 0;
    handle_descriptors(loop);
    handle_timers(loop);
    handle_calls(loop);
}

int event_fd_start(struct event_loop *loop, struct event_fd *record, int fd, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = record };

    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event))
        return -1;
    record->fd = fd;
    record->events = events;
    record->loop = loop;
    return 0;
}

void event_fd_stop(struct event_fd *record)
{
    struct event_loop *loop = record->loop;

    if (!loop)
        return;
    epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, record->fd, NULL);
    for (int i = 0; i < loop->ready_count; i++) {
        if (loop->ready[i].data.ptr == record)
            loop->ready[i].data.ptr = NULL;
    }
    record->loop = NULL;
}

void event_fd_change(struct event_fd *record, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = record };

    if (!record->loop || record->events == events)
        return;
    epoll_ctl(record->loop->epoll_fd, EPOLL_CTL_MOD, record->fd, &event);
    record->events = events;
}

void event_timer_start(struct event_loop *loop, struct event_timer *timer, uint64_t delay_ms)
{
    struct list *place;

    event_timer_stop(timer);
    timer->due_ns = event_loop_now_ns() + delay_ms * NS_PER_MS;
    place = loop->timers.next;
    while (place != &loop->timers &&
           container_of(place, struct event_timer, link)->due_ns <= timer->due_ns)
        place = place->next;
    list_append(place, &timer->link);
    timer->loop = loop;
}

void event_timer_stop(struct event_timer *timer)
{
    if (!timer->loop)
        return;
    list_remove(&timer->link);
    timer->loop = NULL;
}

void event_call_defer(struct event_loop *loop, struct event_call *call)
{
    if (call->loop)
        return;
    list_append(&loop->calls, &call->link);
    call->loop = loop;
}

void event_call_cancel(struct event_call *call)
{
    if (!call->loop)
        return;
    list_remove(&call->link);
    call->loop = NULL;
}
