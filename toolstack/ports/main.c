/* SPDX-License-Identifier: MIT */
/*
 * pvd-ports: the way from the machine around a testbed to pvd. Each virtio-serial port whose name
 * begins with org.parapet.pvd. is one client's at a time.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/memory.h"
#include "config/protocol.h"
#include "ports/port.h"

#define PORTS_FOLDER "/sys/class/virtio-ports"

/* As if `poweroff` had been typed. */
static void power_off(void)
{
    pid_t child = fork();

    if (!child) {
        execlp("poweroff", "poweroff", (char *)NULL);
        _exit(127);
    }
}

static bool is_ours(const char *device)
{
    char path[PATH_MAX], name[64] = "";
    FILE *file;

    snprintf(path, sizeof(path), PORTS_FOLDER "/%s/name", device);
    file = fopen(path, "re");
    if (!file)
        return false;
    if (!fgets(name, sizeof(name), file))
        name[0] = '\0';
    fclose(file);
    return !strncmp(name, PORT_NAME_PREFIX, strlen(PORT_NAME_PREFIX));
}

static int open_port(struct event_loop *loop, const char *device)
{
    char path[PATH_MAX];
    struct port *port;
    int fd;

    snprintf(path, sizeof(path), "/dev/%s", device);
    fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -1;
    port = memory_alloc(sizeof(*port)); /* as long as the process */
    if (!port_start(port, loop, fd, PVD_SOCKET_PATH, power_off))
        return 0;
    port_stop(port);
    return -1;
}

static unsigned open_ports(struct event_loop *loop)
{
    DIR *folder = opendir(PORTS_FOLDER);
    const struct dirent *entry;
    unsigned count = 0;

    while (folder && (entry = readdir(folder))) {
        if (entry->d_name[0] == '.' || !is_ours(entry->d_name))
            continue;
        if (open_port(loop, entry->d_name))
            fprintf(stderr, "pvd-ports: /dev/%s cannot be used\n", entry->d_name);
        else
            count++;
    }
    if (folder)
        closedir(folder);
    return count;
}

int main(int argc, char **argv)
{
    struct error error;
    struct event_loop *loop;

    if (argc > 1) {
        printf("Usage: %s\nServes pvctl on the machine around a testbed, by the virtio-serial "
               "ports " PORT_NAME_PREFIX "*.\n",
               argv[0]);
        return strcmp(argv[1], "--help") ? ERROR_USAGE : 0;
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    loop = event_loop_create(&error);
    if (!loop) {
        fprintf(stderr, "pvd-ports: %s\n", error.message);
        return (int)error.class;
    }
    if (!open_ports(loop)) {
        fprintf(stderr, "pvd-ports: no port of that name in " PORTS_FOLDER "\n");
        return ERROR_NOT_FOUND;
    }
    event_loop_run(loop);
    return 0;
}
