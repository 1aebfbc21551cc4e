/* SPDX-License-Identifier: MIT */
/* Times for scripts: the clock in ns; the moment when something appears in a file. */
#include "io_program.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_S       600u
#define CONTENT_BYTES 262144u

int print_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    printf("%lld\n", (long long)now.tv_sec * 1000000000 + now.tv_nsec);
    return 0;
}

/* Whether the file has @text; with none, whether it has anything. */
static bool has_content(const char *path, const char *text)
{
    static char content[CONTENT_BYTES];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t bytes = file < 0 ? 0 : read(file, content, sizeof(content) - 1);

    if (file >= 0)
        close(file);
    return bytes > 0 && (!text || memmem(content, (size_t)bytes, text, strlen(text)));
}

int await_content(const char *path, const char *text)
{
    char folder[PATH_MAX], events[4096];
    const char *end = strrchr(path, '/');
    int watch = inotify_init1(IN_CLOEXEC);

    must(end && (size_t)(end - path) < sizeof(folder), "a path with a folder");
    memcpy(folder, path, (size_t)(end - path));
    folder[end - path] = '\0';
    must(watch >= 0 && inotify_add_watch(watch, folder, IN_CREATE | IN_MODIFY | IN_MOVED_TO) >= 0,
         folder);
    alarm(LIMIT_S);
    while (!has_content(path, text))
        must(read(watch, events, sizeof(events)) > 0, "watch");
    return print_clock();
}
