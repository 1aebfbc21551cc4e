/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/event_loop.h"
#include "support/unit.h"

static struct event_loop *loop;
static char said[64];

static void say(const char *what)
{
    ck_assert_uint_lt(strlen(said) + strlen(what), sizeof(said));
    snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s", what);
}

static void call_says(void *context)
{
    say(context);
}

static void begin(void)
{
    struct error error;

    loop = event_loop_create(&error);
    ck_assert_ptr_nonnull(loop);
}

/* --- Deferred calls ------------------------------------------------------------------------------ */

static struct event_call first = { .handler = call_says, .context = (char[]){ "1" } };
static struct event_call second = { .handler = call_says, .context = (char[]){ "2" } };

TEST(event_loop, makes_deferred_calls_once_and_in_order)
{
    begin();
    event_call_defer(loop, &first);
    event_call_defer(loop, &second);
    event_call_defer(loop, &first);
    event_loop_turn(loop, -1);
    ck_assert_str_eq(said, "12");
    event_loop_turn(loop, 0);
    ck_assert_str_eq(said, "12");
    event_loop_destroy(loop);
}

static void cancel_second(void *context)
{
    (void)context;
    say("c");
    event_call_cancel(&second);
    event_call_cancel(&second);
    event_call_defer(loop, &first);
}

TEST(event_loop, forgets_calls_that_are_cancelled_and_keeps_new_ones_for_the_next_turn)
{
    struct event_call canceller = { .handler = cancel_second };

    begin();
    event_call_defer(loop, &canceller);
    event_call_defer(loop, &second);
    event_loop_turn(loop, -1);
    ck_assert_str_eq(said, "c");
    event_loop_turn(loop, -1);
    ck_assert_str_eq(said, "c1");
    event_loop_destroy(loop);
}

/* --- Timers -------------------------------------------------------------------------------------- */

TEST(event_loop, runs_timers_in_the_order_of_their_time)
{
    struct event_timer late = { .handler = call_says, .context = (char[]){ "l" } };
    struct event_timer soon = { .handler = call_says, .context = (char[]){ "s" } };
    struct event_timer never = { .handler = call_says, .context = (char[]){ "n" } };

    begin();
    event_timer_start(loop, &late, 2);
    event_timer_start(loop, &soon, 1);
    event_timer_start(loop, &never, 1000000);
    event_timer_start(loop, &never, 2000000);
    while (strlen(said) < 2)
        event_loop_turn(loop, -1);
    ck_assert_str_eq(said, "sl");
    event_timer_stop(&never);
    event_timer_stop(&never);
    event_loop_turn(loop, 0);
    ck_assert_str_eq(said, "sl");
    event_loop_destroy(loop);
}

/* --- Descriptors --------------------------------------------------------------------------------- */

struct end {
    struct event_fd record;
    struct event_fd *other;
};

static void stop_other(void *context, uint32_t events)
{
    struct end *end = context;

    ck_assert(events & EPOLLIN);
    say("r");
    event_fd_stop(end->other);
    event_fd_stop(&end->record);
}

/* Both are reported in one turn; whoever comes first stops the other one. */
TEST(event_loop, does_not_call_a_descriptor_that_was_stopped_in_the_same_turn)
{
    struct end ends[2] = { 0 };
    int pipes[2][2];

    begin();
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(pipe(pipes[i]), 0);
        ends[i] = (struct end){ .record = { .handler = stop_other, .context = &ends[i] },
                                .other = &ends[1 - i].record };
        ck_assert_int_eq(event_fd_start(loop, &ends[i].record, pipes[i][0], EPOLLIN), 0);
        ck_assert_int_eq(write(pipes[i][1], "x", 1), 1);
    }
    event_loop_turn(loop, -1);
    ck_assert_str_eq(said, "r");
    event_loop_turn(loop, 0);
    ck_assert_str_eq(said, "r");
    event_loop_destroy(loop);
}

static void read_says(void *context, uint32_t events)
{
    (void)context;
    say(events & EPOLLIN ? "i" : "-");
    event_loop_stop(loop);
}

TEST(event_loop, waits_only_for_what_it_was_told)
{
    struct event_fd record = { .handler = read_says };
    int pipes[2];

    begin();
    ck_assert_int_eq(pipe(pipes), 0);
    ck_assert_int_eq(event_fd_start(loop, &record, pipes[0], 0), 0);
    ck_assert_int_eq(write(pipes[1], "x", 1), 1);
    event_loop_turn(loop, 0);
    ck_assert_str_eq(said, "");
    event_fd_change(&record, EPOLLIN);
    event_loop_run(loop);
    ck_assert_str_eq(said, "i");
    ck_assert_int_eq(event_fd_start(loop, &record, -1, EPOLLIN), -1);
    event_fd_stop(&record);
    event_loop_destroy(loop);
}
