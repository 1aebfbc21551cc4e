/* SPDX-License-Identifier: MIT */
/*
 * All guests, and the devices by which the daemon reaches the hypervisor and them.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/listen.h"
#include "common/log.h"
#include "common/memory.h"
#include "config/values.h"
#include "control/evtchn.h"
#include "control/gntdev.h"
#include "control/sysctl.h"
#include "device/nat.h"
#include "hypercall-abi/xen.h"
#include "pvd/guest.h"

#define UUID_DIGITS_MIN 8u

static struct {
    struct control *control;
    int gntdev;
    struct event_fd evtchn;
    int domain_port; /* VIRQ_DOM_EXC */
    struct list all;
    struct list gone;
} guests = { .gntdev = -1, .evtchn.fd = -1, .domain_port = -1 };

struct control *guests_control(void)
{
    return guests.control;
}

int guests_evtchn(void)
{
    return guests.evtchn.fd;
}

int guests_gntdev(void)
{
    return guests.gntdev;
}

struct list *guests_all(void)
{
    return &guests.all;
}

struct list *guests_gone(void)
{
    return &guests.gone;
}

/* ---- finding one ---- */

struct guest *guest_by_name(const char *name)
{
    list_for_each(link, &guests.all)
    {
        struct guest *guest = container_of(link, struct guest, link);

        if (!strcmp(guest->config.name, name))
            return guest;
    }
    return NULL;
}

static bool has_domid(const struct guest *guest, const char *text)
{
    uint64_t domid;

    return guest->phase != GUEST_BUILDING && decimal_parse(text, DOMID_FIRST_RESERVED, &domid) &&
           guest->built.domid == domid;
}

static bool uuid_begins_with(const struct guest *guest, const char *text)
{
    char uuid[UUID_TEXT_BYTES];
    size_t digits = 0;

    uuid_format(guest->config.uuid, uuid);
    for (size_t i = 0; *text; text++) {
        if (*text == '-')
            continue;
        if (uuid[i] == '-')
            i++;
        if (!uuid[i] || tolower((unsigned char)*text) != uuid[i])
            return false;
        i++;
        digits++;
    }
    return digits >= UUID_DIGITS_MIN;
}

static struct guest *find_in(struct list *list, const char *text)
{
    struct guest *found = NULL;

    list_for_each(link, list)
    {
        struct guest *guest = container_of(link, struct guest, link);

        if (!strcmp(guest->config.name, text))
            return guest;
        if (has_domid(guest, text) || uuid_begins_with(guest, text))
            found = guest;
    }
    return found;
}

/* Of those that had the name, the last one; the list has the latest at its end. */
static struct guest *find_gone(const char *text)
{
    struct list *list = &guests.gone;

    for (struct list *link = list->previous; link != list; link = link->previous) {
        struct guest *guest = container_of(link, struct guest, link);

        if (!strcmp(guest->config.name, text) || has_domid(guest, text) ||
            uuid_begins_with(guest, text))
            return guest;
    }
    return NULL;
}

static struct guest *not_found(const char *text, struct error *error)
{
    error_set(error, ERROR_NOT_FOUND, "PV-E0501", "there is no domain %s", text);
    error_hint(error, "pvctl list shows those that are there");
    return NULL;
}

struct guest *guest_find(const char *text, struct error *error)
{
    struct guest *guest = find_in(&guests.all, text);

    return guest ? guest : not_found(text, error);
}

struct guest *guest_find_or_gone(const char *text, struct error *error)
{
    struct guest *guest = find_in(&guests.all, text);

    if (!guest)
        guest = find_gone(text);
    return guest ? guest : not_found(text, error);
}

struct guest *guest_of_request(const struct request *request, struct error *error)
{
    const char *text;

    return request_string(request, "domain", &text, error) ? NULL : guest_find(text, error);
}

/* ---- events ---- */

static void look_at_all(void)
{
    list_for_each(link, &guests.all) guest_look(container_of(link, struct guest, link));
}

static void serve_port(int port)
{
    if (port == guests.domain_port) {
        look_at_all();
        return;
    }
    list_for_each(link, &guests.all)
    {
        if (guest_console_event(container_of(link, struct guest, link), port))
            return;
    }
}

static void serve_events(void *context, uint32_t events)
{
    int port = evtchn_next(guests.evtchn.fd);

    (void)context;
    (void)events;
    if (port < 0)
        return;
    /* First unmasked, then looked at: what comes in between makes it pending again. */
    evtchn_unmask(guests.evtchn.fd, (evtchn_port_t)port);
    serve_port(port);
}

/* ---- start ---- */

static int open_devices(struct pvd *pvd, struct error *error)
{
    int fd;

    if (control_open(&guests.control, error) || gntdev_open(&guests.gntdev, error) ||
        evtchn_open(&fd, error))
        return -1;
    guests.evtchn.handler = serve_events;
    if (event_fd_start(pvd->loop, &guests.evtchn, fd, EPOLLIN))
        return error_set(error, ERROR_FAILED, "PV-E0115", "event channels cannot be watched: %s",
                         strerror(errno));
    guests.domain_port = evtchn_bind_virq(fd, VIRQ_DOM_EXC);
    if (guests.domain_port < 0)
        return error_set(error, ERROR_STATE, "PV-E0601",
                         "news of domains go to another program: %s",
                         strerror(-guests.domain_port));
    return 0;
}

static bool is_ours(const struct xen_domctl_getdomaininfo *info)
{
    list_for_each(link, &guests.all)
    {
        struct guest *guest = container_of(link, struct guest, link);

        if (guest->built.domid == info->domain)
            return true;
    }
    return false;
}

/* A daemon that died while it built a domain left it half done: nobody else makes domains here. */
static void destroy_strangers(void)
{
    static struct xen_domctl_getdomaininfo domains[SYSCTL_DOMAINS_MAX];
    int count = sysctl_domains(guests.control, 1, domains, SYSCTL_DOMAINS_MAX);

    for (int i = 0; i < count; i++) {
        if (is_ours(&domains[i]) || domains[i].flags & XEN_DOMINF_dying)
            continue;
        log_warning("domain %u was left half built; destroyed", domains[i].domain);
        domctl_destroy(guests.control, domains[i].domain);
    }
}

static int guests_start(struct pvd *pvd, struct error *error)
{
    char *folder;

    list_init(&guests.all);
    list_init(&guests.gone);
    if (pvd->options.is_detached)
        return 0;
    folder = memory_format("%s/", pvd->options.log_folder);
    if (make_folders(folder, error))
        log_warning("guests' consoles have no logs: %s", error->message);
    free(folder);
    if (open_devices(pvd, error))
        return -1;
    guest_journal_read_all(pvd);
    destroy_strangers();
    nat_clean_up(pvd->loop);
    return 0;
}

/* Guests stay as they are; a new daemon finds them by their files. */
static void guests_stop(struct pvd *pvd)
{
    (void)pvd;
    event_fd_stop(&guests.evtchn);
    if (guests.evtchn.fd >= 0)
        close(guests.evtchn.fd);
    if (guests.gntdev >= 0)
        close(guests.gntdev);
    if (guests.control)
        control_close(guests.control);
}

const struct pvd_module pvd_guests_module = { .name = "guests",
                                              .start = guests_start,
                                              .stop = guests_stop };
