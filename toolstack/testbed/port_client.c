/* SPDX-License-Identifier: MIT */
#include "testbed/port_client.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/file.h"
#include "config/protocol.h"
#include "testbed/place.h"
#include "testbed/qemu_arguments.h"

#define SESSION_BYTES 33
#define READ_BYTES    4096u

/* Whoever holds the lock of a port has the port. */
static int take_port(const char *name, int *lock, char path[PATH_MAX], struct error *error)
{
    for (unsigned i = 0; i < TESTBED_PORTS; i++) {
        char file[32];

        snprintf(file, sizeof(file), FILE_PORT "%u.lock", i);
        if (place_runtime(name, file, path, error))
            return -1;
        *lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (*lock < 0)
            return error_set(error, ERROR_FAILED, "PV-E0180", "the testbed cannot be locked: %s",
                             strerror(errno));
        if (!flock(*lock, LOCK_EX | LOCK_NB)) {
            path[strlen(path) - strlen(".lock")] = '\0';
            return 0;
        }
        close(*lock);
    }
    error_set(error, ERROR_RESOURCES, "PV-E0750", "all %u ports of the testbed %s are in use",
              TESTBED_PORTS, name);
    return error_hint(error, "so many pvctl may be connected at a time; end one of them");
}

static void make_session(char session[SESSION_BYTES])
{
    unsigned char random[(SESSION_BYTES - 1) / 2];

    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        memset(random, getpid(), sizeof(random)); /* never: there is entropy since boot */
    for (size_t i = 0; i < sizeof(random); i++)
        snprintf(session + 2 * i, 3, "%02x", random[i]);
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* 1: it is our session's answer; 0: of an earlier one; -1: pvd does not answer in there. */
static int is_answer(const char *line, size_t bytes, const char *session, struct error *error)
{
    json_t *object = json_loadb(line, bytes, 0, NULL);
    const char *name = json_string_value(json_object_get(object, PORT_SESSION));
    const char *problem = json_string_value(json_object_get(object, PORT_ERROR));
    int result = name && !strcmp(name, session);

    if (result && problem) {
        error_set(error, ERROR_CONNECTION, "PV-E0922",
                  "pvd in the testbed's control domain does not answer: %.100s", problem);
        result = error_hint(error, "pvctl testbed console, then: tail /run/pvd.log");
    }
    json_decref(object);
    return result;
}

static int no_answer(const char *name, struct error *error)
{
    error_set(error, ERROR_CONNECTION, "PV-E0923",
              "the control domain of the testbed %s does not "
              "answer",
              name);
    return error_hint(error, "it may be busy, or still be starting: pvctl testbed console %s",
                      name);
}

/* Lines until the one that answers. Behind it nothing can come before a request. */
static int await_answer(int fd, const char *name, const char *session, int limit_ms,
                        struct error *error)
{
    static char text[PROTOCOL_LINE_BYTES_MAX];
    int64_t deadline = now_ms() + limit_ms;
    size_t used = 0;

    for (;;) {
        struct pollfd polled = { fd, POLLIN, 0 };
        int64_t left = deadline - now_ms();
        ssize_t got = 0;
        char *end;

        if (left <= 0 || poll(&polled, 1, (int)left) < 0)
            return no_answer(name, error);
        if (polled.revents && (got = read(fd, text + used, sizeof(text) - used)) <= 0)
            return no_answer(name, error);
        used += (size_t)got;
        while ((end = memchr(text, '\n', used))) {
            size_t bytes = (size_t)(end - text) + 1;
            int answer = is_answer(text, bytes, session, error);

            if (answer)
                return answer > 0 ? 0 : -1;
            used -= bytes;
            memmove(text, text + bytes, used);
        }
        if (used == sizeof(text))
            used = 0; /* the middle of something that is not ours */
    }
}

static int begin(int fd, const char *request, const char *name, int limit_ms, struct error *error)
{
    char session[SESSION_BYTES], line[160];

    make_session(session);
    /* The first newline ends what an earlier client may have left. */
    if (request)
        snprintf(line, sizeof(line),
                 "\n{\"" PORT_SESSION "\":\"%s\",\"" PORT_REQUEST "\":\"%s\"}\n", session, request);
    else
        snprintf(line, sizeof(line), "\n{\"" PORT_SESSION "\":\"%s\"}\n", session);
    if (file_write_all(fd, line, strlen(line)))
        return no_answer(name, error);
    return await_answer(fd, name, session, limit_ms, error);
}

int port_client_open(const char *name, const char *request, int limit_ms, int *lock,
                     struct error *error)
{
    char path[PATH_MAX];
    int fd;

    if (take_port(name, lock, path, error))
        return -1;
    fd = place_connect(name, path, error);
    if (fd >= 0 && begin(fd, request, name, limit_ms, error)) {
        close(fd);
        fd = -1;
    }
    if (fd < 0)
        close(*lock);
    return fd;
}
