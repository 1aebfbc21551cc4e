/* SPDX-License-Identifier: MIT */
/*
 * /dev/xen/evtchn: a port of this domain bound to another port of this domain. Each end notifies the
 * other, an event that is not unmasked hides the next ones, and a port that is closed is gone.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "hypercall-abi/types.h" /* which the next one needs */

#include <xen/evtchn.h>

#include "tests/control/must.h"

#define ROUNDS  1000
#define WAIT_MS 60000
#define VIRQ    4 /* trace buffers: nobody else wants it */

static int open_device(void)
{
    int file = open("/dev/xen/evtchn", O_RDWR | O_NONBLOCK);

    MUST(file >= 0);
    return file;
}

static void notify(int file, unsigned port)
{
    struct ioctl_evtchn_notify request = { .port = port };

    MUST(ioctl(file, IOCTL_EVTCHN_NOTIFY, &request) == 0);
}

static void unmask(int file, uint32_t port)
{
    MUST(write(file, &port, sizeof(port)) == sizeof(port));
}

static bool has_event(int file, int wait_ms)
{
    struct pollfd wanted = { .fd = file, .events = POLLIN };

    return poll(&wanted, 1, wait_ms) == 1;
}

static uint32_t next_event(int file)
{
    uint32_t port = 0;

    MUST(has_event(file, WAIT_MS));
    MUST(read(file, &port, sizeof(port)) == sizeof(port));
    return port;
}

static void unbind(int file, unsigned port)
{
    struct ioctl_evtchn_unbind request = { .port = port };

    MUST(ioctl(file, IOCTL_EVTCHN_UNBIND, &request) == 0);
    MUST(ioctl(file, IOCTL_EVTCHN_UNBIND, &request) < 0);
}

static void check_loopback(void)
{
    struct ioctl_evtchn_bind_unbound_port offer = { .remote_domain = 0 };
    struct ioctl_evtchn_bind_interdomain bind = { .remote_domain = 0 };
    int here = open_device(), there = open_device();
    int port = ioctl(here, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &offer);
    int other;

    MUST(port > 0);
    bind.remote_port = (unsigned)port;
    other = ioctl(there, IOCTL_EVTCHN_BIND_INTERDOMAIN, &bind);
    MUST(other > 0 && other != port);
    MUST(ioctl(there, IOCTL_EVTCHN_BIND_INTERDOMAIN, &bind) < 0);
    /* Whoever binds is told so. */
    if (has_event(there, 0))
        unmask(there, next_event(there));

    for (int i = 0; i < ROUNDS; i++) {
        notify(there, (unsigned)other);
        MUST(next_event(here) == (uint32_t)port);
        unmask(here, (uint32_t)port);
        notify(here, (unsigned)port);
        MUST(next_event(there) == (uint32_t)other);
        unmask(there, (uint32_t)other);
    }

    notify(there, (unsigned)other);
    MUST(next_event(here) == (uint32_t)port);
    notify(there, (unsigned)other); /* masked: kept */
    MUST(!has_event(here, 100));
    unmask(here, (uint32_t)port);
    MUST(next_event(here) == (uint32_t)port);

    unbind(there, (unsigned)other);
    unbind(here, (unsigned)port);
    close(here);
    close(there);
    printf("check: %d events each way\n", ROUNDS);
}

static void check_virq(void)
{
    struct ioctl_evtchn_bind_virq bind = { .virq = VIRQ };
    int file = open_device(), other = open_device();
    int port = ioctl(file, IOCTL_EVTCHN_BIND_VIRQ, &bind);

    MUST(port > 0);
    MUST(ioctl(other, IOCTL_EVTCHN_BIND_VIRQ, &bind) < 0 && errno == EEXIST);
    close(file); /* closes the port */
    port = ioctl(other, IOCTL_EVTCHN_BIND_VIRQ, &bind);
    MUST(port > 0);
    unbind(other, (unsigned)port);
    close(other);
    puts("check: a virtual interrupt has one end at a time");
}

int main(void)
{
    check_loopback();
    check_virq();
    return 0;
}
