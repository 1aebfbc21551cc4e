/* SPDX-License-Identifier: MIT */
/*
 * Asks pvd: sends a line of JSON, shows what comes back until the answer. For tests of the daemon
 * alone; users have pvctl.
 *
 * ask [-s SOCKET] LINE     exits with 0 for a result, 1 for an error
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET "/run/pvd/socket"

static FILE *connect_to(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
        return NULL;
    strcpy(address.sun_path, path);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)))
        return NULL;
    return fdopen(fd, "r+");
}

int main(int argc, char **argv)
{
    bool has_path = argc == 4 && !strcmp(argv[1], "-s");
    FILE *pvd = argc == 2 || has_path ? connect_to(has_path ? argv[2] : SOCKET) : NULL;
    char *line = NULL;
    size_t room = 0;

    if (!pvd) {
        perror("ask");
        return 2;
    }
    fprintf(pvd, "%s\n", argv[argc - 1]);
    fflush(pvd);
    while (getline(&line, &room, pvd) > 0) {
        fputs(line, stdout);
        if (strstr(line, "\"result\":"))
            return 0;
        if (strstr(line, "\"error\":"))
            return 1;
    }
    fputs("ask: the connection is closed\n", stderr);
    return 2;
}
