/* SPDX-License-Identifier: MIT */
/* Shows all paths of the store, one a line, as a program of the control domain sees them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "hypercall-abi/io/xs_wire.h"

#define SOCKET "/run/xenstored/socket"

static int store;

static void must(int is_true, const char *what)
{
    if (!is_true) {
        fprintf(stderr, "store_tree: %s\n", what);
        exit(1);
    }
}

static void read_all(void *to, size_t bytes)
{
    for (char *next = to; bytes;) {
        ssize_t got = read(store, next, bytes);

        must(got > 0, "the store closes");
        next += got;
        bytes -= (size_t)got;
    }
}

/* Names of children, each ended by a 0 byte; an empty list if there is no such node. */
static size_t children(const char *path, char *names)
{
    struct xsd_sockmsg head = { .type = XS_DIRECTORY, .len = (uint32_t)strlen(path) + 1 };

    must(write(store, &head, sizeof(head)) == sizeof(head), "the store takes no message");
    must(write(store, path, head.len) == (ssize_t)head.len, "the store takes no message");
    read_all(&head, sizeof(head));
    must(head.len <= XENSTORE_PAYLOAD_MAX, "a message too long");
    read_all(names, head.len);
    return head.type == XS_DIRECTORY ? head.len : 0;
}

static void show(const char *path)
{
    char names[XENSTORE_PAYLOAD_MAX], child[XENSTORE_ABS_PATH_MAX];
    size_t bytes = children(path, names);

    for (const char *name = names; name < names + bytes; name += strlen(name) + 1) {
        must(strlen(path) + strlen(name) + 2 <= sizeof(child), "a path too long");
        strcat(strcat(strcpy(child, strcmp(path, "/") ? path : ""), "/"), name);
        puts(child);
        show(child);
    }
}

int main(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SOCKET };

    store = socket(AF_UNIX, SOCK_STREAM, 0);
    must(!connect(store, (const struct sockaddr *)&address, sizeof(address)), "no store");
    show("/");
    return 0;
}
