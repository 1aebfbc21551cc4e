/* SPDX-License-Identifier: MIT */
/*
 * The daemon's loop: file descriptors that become ready (epoll), timers, and calls deferred to the
 * end of a turn.
 *
 * The records lie in the caller's structures, so nothing here can fail for want of memory. Every
 * record may be stopped at any time, its own handler and other handlers included; a stopped record
 * is not called any more, and stopping it again changes nothing. One thread only.
 */
#ifndef PARAPET_TOOLSTACK_COMMON_EVENT_LOOP_H
#define PARAPET_TOOLSTACK_COMMON_EVENT_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "common/list.h"

struct event_loop;

/* A descriptor that is watched; the caller's, who closes it after event_fd_stop(). */
struct event_fd {
    int fd;
    uint32_t events; /* EPOLLIN, EPOLLOUT ...; EPOLLERR and EPOLLHUP always come */
    void (*handler)(void *context, uint32_t events);
    void *context;
    struct event_loop *loop; /* NULL while stopped */
};

/* A timer that runs once. */
struct event_timer {
    void (*handler)(void *context);
    void *context;
    uint64_t due_ns;
    struct event_loop *loop; /* NULL while stopped */
    struct list link;
};

/* A call that is made once, after the handlers of this turn and before the loop waits. */
struct event_call {
    void (*handler)(void *context);
    void *context;
    struct event_loop *loop; /* NULL while stopped */
    struct list link;
};

/* event_loop_create - NULL if the kernel gives none. */
struct event_loop *event_loop_create(struct error *error);
void event_loop_destroy(struct event_loop *loop);

/* event_loop_run - turns until event_loop_stop(). */
void event_loop_run(struct event_loop *loop);
void event_loop_stop(struct event_loop *loop);

/* event_loop_turn - waits up to @wait_ms (-1: for as long as it takes) and calls what is due. */
void event_loop_turn(struct event_loop *loop, int wait_ms);

/* event_loop_now_ns - the loop's monotonic clock. */
uint64_t event_loop_now_ns(void);

/* event_fd_start - handler and context are set by the caller before; -1 with errno on failure. */
MUST_CHECK int event_fd_start(struct event_loop *loop, struct event_fd *record, int fd,
                              uint32_t events);
void event_fd_stop(struct event_fd *record);
/* event_fd_change - from now on, other events (0: only errors). */
void event_fd_change(struct event_fd *record, uint32_t events);

/* event_timer_start - starts it, or starts it again with a new time. */
void event_timer_start(struct event_loop *loop, struct event_timer *timer, uint64_t delay_ms);
void event_timer_stop(struct event_timer *timer);

/* event_call_defer - a call that is deferred already stays where it is. */
void event_call_defer(struct event_loop *loop, struct event_call *call);
void event_call_cancel(struct event_call *call);

#endif
