/* SPDX-License-Identifier: MIT */
#include "control/evtchn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define EVTCHN_DEVICE "/dev/xen/evtchn"

/* Linux, include/uapi/xen/evtchn.h. */
struct ioctl_evtchn_bind_interdomain {
    uint32_t remote_domain;
    uint32_t remote_port;
};

struct ioctl_evtchn_word {
    uint32_t word; /* a port or a virtual interrupt */
};

#define EVTCHN_IOCTL(number, type)    _IOC(_IOC_NONE, 'E', number, sizeof(type))
#define IOCTL_EVTCHN_BIND_VIRQ        EVTCHN_IOCTL(0, struct ioctl_evtchn_word)
#define IOCTL_EVTCHN_BIND_INTERDOMAIN EVTCHN_IOCTL(1, struct ioctl_evtchn_bind_interdomain)
#define IOCTL_EVTCHN_UNBIND           EVTCHN_IOCTL(3, struct ioctl_evtchn_word)
#define IOCTL_EVTCHN_NOTIFY           EVTCHN_IOCTL(4, struct ioctl_evtchn_word)

int evtchn_open(int *fd, struct error *error)
{
    *fd = open(EVTCHN_DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (*fd >= 0)
        return 0;
    error_set(error, ERROR_CONNECTION, "PV-E0902", "%s cannot be opened: %s", EVTCHN_DEVICE,
              strerror(errno));
    return error_hint(error, "this works in the control domain only, with the module xen-evtchn");
}

static int evtchn_ioctl(int fd, unsigned long request, void *argument)
{
    int result = ioctl(fd, request, argument);

    return result < 0 ? -errno : result;
}

int evtchn_bind_interdomain(int fd, domid_t domid, evtchn_port_t remote_port)
{
    struct ioctl_evtchn_bind_interdomain bind = { .remote_domain = domid,
                                                  .remote_port = remote_port };

    return evtchn_ioctl(fd, IOCTL_EVTCHN_BIND_INTERDOMAIN, &bind);
}

int evtchn_bind_virq(int fd, unsigned virq)
{
    struct ioctl_evtchn_word bind = { .word = virq };

    return evtchn_ioctl(fd, IOCTL_EVTCHN_BIND_VIRQ, &bind);
}

int evtchn_unbind(int fd, evtchn_port_t port)
{
    struct ioctl_evtchn_word unbind = { .word = port };

    return evtchn_ioctl(fd, IOCTL_EVTCHN_UNBIND, &unbind);
}

int evtchn_notify(int fd, evtchn_port_t port)
{
    struct ioctl_evtchn_word notify = { .word = port };

    return evtchn_ioctl(fd, IOCTL_EVTCHN_NOTIFY, &notify);
}

int evtchn_next(int fd)
{
    evtchn_port_t port;
    ssize_t got = read(fd, &port, sizeof(port));

    if (got < 0)
        return -errno;
    return got == (ssize_t)sizeof(port) ? (int)port : -EAGAIN;
}

int evtchn_unmask(int fd, evtchn_port_t port)
{
    ssize_t put = write(fd, &port, sizeof(port));

    return put < 0 ? -errno : 0;
}
