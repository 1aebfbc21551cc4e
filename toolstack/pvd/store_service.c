/* SPDX-License-Identifier: MIT */
/*
 * Rings: a page of the kernel or of a guest, and an event channel. All ports are of one open
 * /dev/xen/evtchn, all grants of one /dev/xen/gntdev; both go with the process, after which the
 * domains' ends are unbound again and wait for the next one.
 */
#include "pvd/store_service.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/log.h"
#include "common/memory.h"
#include "control/evtchn.h"
#include "control/gntdev.h"
#include "hypercall-abi/grant_table.h"
#include "pvd/pvd.h"
#include "pvd/store_socket.h"
#include "store/connection.h"
#include "store/ring.h"

#define XENBUS_BACKEND "/dev/xen/xenbus_backend"
/* Linux, include/xen/xenbus_dev.h: the port of the kernel's ring. */
#define XENBUS_BACKEND_PORT _IOC(_IOC_NONE, 'B', 0, 0)

#define PAGE_BYTES     4096u
#define PORTS_MAX      4096u /* of a domain with two-level event channels */
#define PORTS_PER_TURN 64
#define CONTROL_DOMAIN 0

struct domain_ring {
    struct store_service *service;
    struct store_connection *connection;
    struct ring ring;
    void *mapping;
    uint16_t domid;
    evtchn_port_t port; /* ours */
};

struct store_service {
    struct event_loop *loop;
    struct store *store;
    struct store_socket *socket;
    struct event_call turn;
    struct event_fd evtchn;
    int evtchn_fd, gntdev_fd;
    struct store_domain_handler handler;
    struct domain_ring *by_port[PORTS_MAX];
};

/* --- The transport ----------------------------------------------------------------------------- */

static long take(void *context, void *to, size_t limit)
{
    return ring_take(&((struct domain_ring *)context)->ring, to, limit);
}

static long put(void *context, const void *from, size_t bytes)
{
    return ring_put(&((struct domain_ring *)context)->ring, from, bytes);
}

static void publish(void *context)
{
    struct domain_ring *ring = context;

    if (ring_publish(&ring->ring))
        evtchn_notify(ring->service->evtchn_fd, ring->port);
}

static bool has_news(void *context, bool for_input, bool for_room)
{
    return ring_has_news(&((struct domain_ring *)context)->ring, for_input, for_room);
}

static struct ring_position position(void *context)
{
    return ((struct domain_ring *)context)->ring.position;
}

static void start(void *context, const struct ring_position *at)
{
    struct domain_ring *ring = context;

    ring_start(&ring->ring, ring->mapping, at);
}

static bool reconnects(void *context)
{
    return ring_reconnects(&((struct domain_ring *)context)->ring);
}

static void fault(void *context, enum store_fault fault_kind)
{
    ring_fault(&((struct domain_ring *)context)->ring, fault_kind);
}

static void detach(struct domain_ring *ring)
{
    struct store_service *service = ring->service;

    if (ring->port) {
        evtchn_unbind(service->evtchn_fd, ring->port);
        service->by_port[ring->port] = NULL;
    }
    if (ring->mapping && ring->domid == CONTROL_DOMAIN)
        munmap(ring->mapping, PAGE_BYTES);
    else if (ring->mapping)
        gntdev_unmap(service->gntdev_fd, ring->mapping);
    free(ring);
}

static void end(void *context)
{
    detach(context);
}

static const struct store_transport transport = {
    .take = take,
    .put = put,
    .publish = publish,
    .has_news = has_news,
    .position = position,
    .start = start,
    .reconnects = reconnects,
    .fault = fault,
    .end = end,
};

/* --- Attaching --------------------------------------------------------------------------------- */

static struct domain_ring *ring_create(struct store_service *service, uint16_t domid)
{
    struct domain_ring *ring = memory_alloc(sizeof(*ring));

    ring->service = service;
    ring->domid = domid;
    return ring;
}

static int bind_port(struct domain_ring *ring, uint32_t remote_port, struct error *error)
{
    int port = evtchn_bind_interdomain(ring->service->evtchn_fd, ring->domid, remote_port);

    if (port > 0 && (unsigned int)port < PORTS_MAX) {
        ring->port = (evtchn_port_t)port;
        ring->service->by_port[port] = ring;
        return 0;
    }
    return error_set(error, ERROR_FAILED, "PV-E0160",
                     "port %u of domain %u cannot be bound for its store ring: %s", remote_port,
                     ring->domid, strerror(port < 0 ? -port : ERANGE));
}

static void serve_ring(struct domain_ring *ring, uint32_t remote_port, uint32_t gref)
{
    struct store_service *service = ring->service;

    ring->connection =
        store_domain_introduce(service->store, ring->domid, remote_port, gref, &transport, ring);
    /* The kernel begins when it is notified; and a guest may have missed what came before. */
    evtchn_notify(service->evtchn_fd, ring->port);
}

int store_service_introduce(struct store_service *service, uint16_t domid, uint32_t gref,
                            uint32_t port, struct error *error)
{
    struct domain_ring *ring;
    int result;

    if (service->evtchn_fd < 0)
        return error_set(error, ERROR_CONNECTION, "PV-E0905", "pvd runs without a hypervisor");
    ring = ring_create(service, domid);
    result = gntdev_map(service->gntdev_fd, domid, gref, &ring->mapping);
    if (result)
        error_set(error, ERROR_FAILED, "PV-E0161",
                  "grant %u of domain %u, its store ring, cannot be mapped: %s", gref, domid,
                  strerror(-result));
    if (result || bind_port(ring, port, error)) {
        detach(ring);
        return -1;
    }
    serve_ring(ring, port, gref);
    return 0;
}

static int map_kernel_ring(struct domain_ring *ring, uint32_t *port, struct error *error)
{
    int fd = open(XENBUS_BACKEND, O_RDWR | O_CLOEXEC);
    void *mapping = MAP_FAILED;
    int kernel_port = -1;

    if (fd >= 0) {
        kernel_port = ioctl(fd, XENBUS_BACKEND_PORT);
        mapping = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    if (mapping == MAP_FAILED || kernel_port <= 0) {
        error_set(error, ERROR_CONNECTION, "PV-E0904",
                  "%s: %s; is this the control domain's Linux?", XENBUS_BACKEND, strerror(errno));
        if (mapping != MAP_FAILED)
            munmap(mapping, PAGE_BYTES);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    close(fd);
    ring->mapping = mapping;
    *port = (uint32_t)kernel_port;
    return 0;
}

static int attach_kernel(struct store_service *service, struct error *error)
{
    struct domain_ring *ring = ring_create(service, CONTROL_DOMAIN);
    uint32_t port;

    if (map_kernel_ring(ring, &port, error) || bind_port(ring, port, error)) {
        detach(ring);
        return -1;
    }
    serve_ring(ring, port, GNTTAB_RESERVED_XENSTORE);
    return 0;
}

/* A domain of the journal: it may be gone by now. */
static void attach_again(void *context, uint16_t domid, uint32_t port, uint32_t gref)
{
    struct store_service *service = context;
    struct error error;

    if (domid == CONTROL_DOMAIN)
        return;
    if (!store_service_introduce(service, domid, gref, port, &error)) {
        log_info("store: domain %u is served again", domid);
        return;
    }
    log_warning("%s; it is taken for gone", error.message);
    if (store_domain_release(service->store, domid))
        log_error("store: domain %u cannot be released", domid);
}

/* --- Messages of programs ---------------------------------------------------------------------- */

static int introduce(void *context, uint16_t domid, uint32_t port)
{
    struct store_service *service = context;
    struct error error;

    if (domid == CONTROL_DOMAIN)
        return -EINVAL;
    if (store_domain_is_introduced(service->store, domid))
        return -EEXIST;
    if (!store_service_introduce(service, domid, GNTTAB_RESERVED_XENSTORE, port, &error))
        return 0;
    log_warning("%s", error.message);
    return -EINVAL;
}

static int release(void *context, uint16_t domid)
{
    return store_domain_release(((struct store_service *)context)->store, domid);
}

/* --- The loop ---------------------------------------------------------------------------------- */

static void wake(void *context)
{
    struct store_service *service = context;

    event_call_defer(service->loop, &service->turn);
}

static void turn(void *context)
{
    store_turn(((struct store_service *)context)->store);
}

static void ports_are_pending(void *context, uint32_t events)
{
    struct store_service *service = context;

    (void)events;
    for (int i = 0; i < PORTS_PER_TURN; i++) {
        int port = evtchn_next(service->evtchn_fd);

        if (port < 0)
            return;
        if ((unsigned int)port < PORTS_MAX && service->by_port[port]) {
            store_connection_ready(service->by_port[port]->connection);
            evtchn_unmask(service->evtchn_fd, (evtchn_port_t)port);
        }
    }
}

static int open_devices(struct store_service *service, struct error *error)
{
    if (evtchn_open(&service->evtchn_fd, error))
        return -1;
    if (gntdev_open(&service->gntdev_fd, error))
        return -1;
    service->evtchn.handler = ports_are_pending;
    service->evtchn.context = service;
    if (event_fd_start(service->loop, &service->evtchn, service->evtchn_fd, EPOLLIN))
        return error_set(error, ERROR_RESOURCES, "PV-E0719", "event channels: %s", strerror(errno));
    return 0;
}

/* What every store has, whatever happened before: also what the first guest would leave behind. */
static int write_first_nodes(struct store *store, struct error *error)
{
    static const char *const nodes[][2] = {
        { "/tool/xenstored", "" },
        { "/local/domain/0/name", "Domain-0" },
        { "/local/domain/0/domid", "0" },
        { "/local/domain/0/backend/vbd", "" },
        { "/local/domain/0/backend/vif", "" },
        { "/local/pool/0/name", "Pool-0" },
        { "/vm", "" },
    };

    for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
        if (!store_exists(store, NULL, nodes[i][0]) &&
            store_write(store, NULL, nodes[i][0], nodes[i][1]))
            return error_set(error, ERROR_FAILED, "PV-E0162", "the store takes no nodes");
    }
    return 0;
}

static int start_service(struct pvd *pvd, struct store_service *service, struct error *error)
{
    if (write_first_nodes(service->store, error))
        return -1;
    if (!pvd->options.is_detached) {
        if (open_devices(service, error) || attach_kernel(service, error))
            return -1;
        store_domain_each(service->store, attach_again, service);
    }
    service->socket =
        store_socket_open(service->loop, service->store, pvd->options.store_socket, error);
    return service->socket ? 0 : -1;
}

static void stop_service(struct pvd *pvd)
{
    struct store_service *service = pvd->store_service;

    if (service->socket)
        store_socket_close(service->socket);
    store_destroy(service->store);
    event_fd_stop(&service->evtchn);
    event_call_cancel(&service->turn);
    if (service->evtchn_fd >= 0)
        close(service->evtchn_fd);
    if (service->gntdev_fd >= 0)
        close(service->gntdev_fd);
    free(service);
    pvd->store = NULL;
    pvd->store_service = NULL;
}

static int start_module(struct pvd *pvd, struct error *error)
{
    struct store_service *service;

    pvd->store = store_create(pvd->options.run_folder, error);
    if (!pvd->store)
        return -1;
    service = memory_alloc(sizeof(*service));
    service->loop = pvd->loop;
    service->store = pvd->store;
    service->evtchn_fd = service->gntdev_fd = -1;
    service->turn.handler = turn;
    service->turn.context = service;
    service->handler = (struct store_domain_handler){ introduce, release, service };
    pvd->store_service = service;
    store_on_work(pvd->store, wake, service);
    store_handle_domains(pvd->store, &service->handler);
    if (start_service(pvd, service, error)) {
        stop_service(pvd);
        return -1;
    }
    return 0;
}

const struct pvd_module pvd_store_module = { "store", start_module, stop_service };
