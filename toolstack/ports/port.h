/* SPDX-License-Identifier: MIT */
/*
 * A port of the testbed: a stream of bytes between a pvctl on the machine around and pvd in here.
 *
 * One client has the port at a time; who comes next begins a session of its own, so that nothing
 * of the one before reaches it (config/protocol.h). Only whole lines go to pvd.
 */
#ifndef PARAPET_TOOLSTACK_PORTS_PORT_H
#define PARAPET_TOOLSTACK_PORTS_PORT_H

#include "common/event_loop.h"

struct bytes {
    char *data;
    size_t count;
};

struct port {
    struct event_loop *loop;
    struct event_fd host;    /* the device, or in tests a socket */
    struct event_fd daemon;  /* the session's connection to pvd; fd -1 while there is none */
    struct event_timer gone; /* runs while the device says that nobody is there */
    struct event_call more;  /* there is more to move, after the other ports had their turn */
    const char *socket;      /* pvd's */
    void (*power_off)(void);
    struct bytes from_host; /* an incomplete line */
    struct bytes to_daemon, to_host;
};

/* port_start - takes over @host_fd, which does not block. */
MUST_CHECK int port_start(struct port *port, struct event_loop *loop, int host_fd,
                          const char *socket, void (*power_off)(void));
void port_stop(struct port *port);

#endif
