/* SPDX-License-Identifier: MIT */
#include "common/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/memory.h"

#define READ_BYTES 512

struct program {
    struct event_loop *loop;
    pid_t pid;
    struct event_fd process; /* a pidfd */
    struct event_fd pipe;
    struct event_timer timer;
    bool is_late;
    size_t output_bytes;
    char output[PROGRAM_OUTPUT_BYTES];
    void (*ended)(void *context, const struct program_end *end);
    void *context;
};

/* Keeps the last bytes. */
static void keep_output(struct program *program, const char *data, size_t bytes)
{
    size_t room = sizeof(program->output) - 1, kept = program->output_bytes;

    if (bytes > room) {
        data += bytes - room;
        bytes = room;
    }
    if (kept + bytes > room) {
        size_t dropped = kept + bytes - room;

        kept -= dropped;
        memmove(program->output, program->output + dropped, kept);
    }
    memcpy(program->output + kept, data, bytes);
    program->output_bytes = kept + bytes;
}

static void read_output(void *context, uint32_t events)
{
    struct program *program = context;
    char data[READ_BYTES];
    ssize_t got;

    (void)events;
    while ((got = read(program->pipe.fd, data, sizeof(data))) > 0)
        keep_output(program, data, (size_t)got);
    if (!got || (errno != EAGAIN && errno != EINTR))
        event_fd_stop(&program->pipe);
}

/* Line breaks and what terminals obey become blanks; none at the end. */
static const char *output_line(struct program *program)
{
    char *text = program->output;
    size_t bytes = program->output_bytes;

    for (size_t i = 0; i < bytes; i++) {
        if ((unsigned char)text[i] < ' ' || text[i] == 127)
            text[i] = ' ';
    }
    while (bytes && text[bytes - 1] == ' ')
        bytes--;
    text[bytes] = 0;
    return text;
}

static void program_free(struct program *program)
{
    event_timer_stop(&program->timer);
    event_fd_stop(&program->process);
    event_fd_stop(&program->pipe);
    close(program->process.fd);
    close(program->pipe.fd);
    free(program);
}

static void take_end(void *context, uint32_t events)
{
    struct program *program = context;
    struct program_end end = { .is_late = program->is_late };
    int status = 0;

    (void)events;
    if (waitpid(program->pid, &status, WNOHANG) != program->pid)
        return;
    read_output(program, 0);
    end.status = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
    end.output = output_line(program);
    program->ended(program->context, &end);
    program_free(program);
}

static void time_is_up(void *context)
{
    struct program *program = context;

    program->is_late = true;
    kill(-program->pid, SIGKILL);
}

/* Standard input is empty, standard output and error are @pipe; a session of its own. */
static int spawn(const struct program_plan *plan, int pipe, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all, none;
    int result;

    sigfillset(&all);
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, pipe, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, pipe, STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    result = posix_spawn(pid, plan->arguments[0], &actions, &attributes,
                         (char *const *)(uintptr_t)plan->arguments,
                         (char *const *)(uintptr_t)plan->environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return result;
}

static int watch(struct program *program)
{
    program->process.handler = take_end;
    program->process.context = program;
    program->pipe.handler = read_output;
    program->pipe.context = program;
    program->timer.handler = time_is_up;
    program->timer.context = program;
    program->process.fd = (int)syscall(SYS_pidfd_open, program->pid, 0);
    return program->process.fd < 0 ||
                   event_fd_start(program->loop, &program->process, program->process.fd, EPOLLIN) ||
                   event_fd_start(program->loop, &program->pipe, program->pipe.fd, EPOLLIN)
               ? -1
               : 0;
}

static int cannot_start(const char *path, int number, struct error *error)
{
    return error_set(error, ERROR_FAILED, "PV-E0134", "%s cannot be started: %s", path,
                     strerror(number));
}

struct program *program_start(struct event_loop *loop, const struct program_plan *plan,
                              void (*ended)(void *context, const struct program_end *end),
                              void *context, struct error *error)
{
    struct program *program;
    int ends[2], result;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK)) {
        cannot_start(plan->arguments[0], errno, error);
        return NULL;
    }
    result = spawn(plan, ends[1], &pid);
    close(ends[1]);
    if (result) {
        close(ends[0]);
        cannot_start(plan->arguments[0], result, error);
        return NULL;
    }
    program = memory_alloc(sizeof(*program));
    program->loop = loop;
    program->pid = pid;
    program->pipe.fd = ends[0];
    program->ended = ended;
    program->context = context;
    if (watch(program)) {
        cannot_start(plan->arguments[0], errno, error);
        program_abandon(program);
        return NULL;
    }
    event_timer_start(loop, &program->timer, plan->limit_ms);
    return program;
}

void program_abandon(struct program *program)
{
    kill(-program->pid, SIGKILL);
    waitpid(program->pid, NULL, 0);
    program_free(program);
}
