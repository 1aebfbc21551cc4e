/* SPDX-License-Identifier: MIT */
/*
 * Event channels of the control domain, by Linux's /dev/xen/evtchn: one open device has any
 * number of ports; the ports of an open device go when it is closed, also by our death.
 */
#ifndef PARAPET_TOOLSTACK_CONTROL_EVTCHN_H
#define PARAPET_TOOLSTACK_CONTROL_EVTCHN_H

#include "common/error.h"
#include "hypercall-abi/event_channel.h"
#include "hypercall-abi/types.h"

/* A file descriptor that is readable when a port is pending, and does not block. */
MUST_CHECK int evtchn_open(int *fd, struct error *error);

/* The new local port, or a negative errno. */
int evtchn_bind_interdomain(int fd, domid_t domid, evtchn_port_t remote_port);
int evtchn_bind_virq(int fd, unsigned virq);

int evtchn_unbind(int fd, evtchn_port_t port);
int evtchn_notify(int fd, evtchn_port_t port);

/* A port that is pending, now masked, or a negative errno: -EAGAIN if there is none. */
int evtchn_next(int fd);
/* Let it become pending again. */
int evtchn_unmask(int fd, evtchn_port_t port);

#endif
