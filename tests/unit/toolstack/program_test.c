/* SPDX-License-Identifier: MIT */
#include "common/program.h"

#include <stdlib.h>
#include <string.h>

#include "support/unit.h"

#define LIMIT_MS 20000u

static struct {
    bool has_ended;
    int status;
    bool is_late;
    char output[PROGRAM_OUTPUT_BYTES];
} seen;

static void take_end(void *context, const struct program_end *end)
{
    ck_assert_ptr_eq(context, &seen);
    seen.has_ended = true;
    seen.status = end->status;
    seen.is_late = end->is_late;
    strcpy(seen.output, end->output);
}

static void run(const char *script, unsigned limit_ms)
{
    const char *const arguments[] = { "/bin/sh", "-c", script, NULL };
    const char *const environment[] = { "WORD=of its own", NULL };
    struct program_plan plan = { arguments, environment, limit_ms };
    struct error error;
    struct event_loop *loop = event_loop_create(&error);

    memset(&seen, 0, sizeof(seen));
    ck_assert_ptr_nonnull(loop);
    ck_assert_ptr_nonnull(program_start(loop, &plan, take_end, &seen, &error));
    while (!seen.has_ended)
        event_loop_turn(loop, -1);
    event_loop_destroy(loop);
}

TEST(program, tells_its_exit_code_and_what_it_printed)
{
    run("echo first; echo second >&2; exit 7", LIMIT_MS);
    ck_assert_int_eq(seen.status, 7);
    ck_assert(!seen.is_late);
    ck_assert_str_eq(seen.output, "first second");
}

TEST(program, has_its_environment_and_nothing_else)
{
    setenv("SECRET", "of the daemon", 1);
    run("echo \"$WORD.$SECRET\"; read line || echo nothing to read", LIMIT_MS);
    ck_assert_int_eq(seen.status, 0);
    ck_assert_str_eq(seen.output, "of its own. nothing to read");
}

TEST(program, keeps_the_end_of_much_output)
{
    run("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo line $i; done; echo the end", LIMIT_MS);
    ck_assert_int_eq(seen.status, 0);
    ck_assert_ptr_nonnull(strstr(seen.output, "line 20000 the end"));
}

TEST(program, is_killed_with_its_children_when_it_is_late)
{
    run("sleep 1000 & wait", 100);
    ck_assert(seen.is_late);
    ck_assert_int_eq(seen.status, -9);
}

TEST(program, a_signal_is_told)
{
    run("kill -15 $$", LIMIT_MS);
    ck_assert_int_eq(seen.status, -15);
}

TEST(program, that_is_not_there_is_an_error)
{
    const char *const arguments[] = { "/nowhere/program", NULL };
    const char *const environment[] = { NULL };
    struct program_plan plan = { arguments, environment, LIMIT_MS };
    struct error error;
    struct event_loop *loop = event_loop_create(&error);

    ck_assert_ptr_null(program_start(loop, &plan, take_end, &seen, &error));
    ck_assert_str_eq(error.message,
                     "/nowhere/program cannot be started: No such file or directory");
    event_loop_destroy(loop);
}

TEST(program, may_be_abandoned)
{
    const char *const arguments[] = { "/bin/sleep", "1000", NULL };
    const char *const environment[] = { NULL };
    struct program_plan plan = { arguments, environment, LIMIT_MS };
    struct error error;
    struct event_loop *loop = event_loop_create(&error);
    struct program *program = program_start(loop, &plan, take_end, &seen, &error);

    ck_assert_ptr_nonnull(program);
    program_abandon(program);
    event_loop_turn(loop, 0);
    ck_assert(!seen.has_ended);
    event_loop_destroy(loop);
}
