/* SPDX-License-Identifier: MIT */
/* The guest's console page and event channel, by grant and without privcmd. */
#include <string.h>

#include "common/log.h"
#include "control/evtchn.h"
#include "control/gntdev.h"
#include "pvd/guest.h"

static void notify_guest(void *context)
{
    struct guest *guest = context;

    if (guest->console_port >= 0)
        evtchn_notify(guests_evtchn(), (evtchn_port_t)guest->console_port);
}

int guest_console_start(struct guest *guest, struct error *error)
{
    void *page;
    int result = gntdev_map(guests_gntdev(), guest->built.domid, GNTTAB_RESERVED_CONSOLE, &page);

    if (result)
        return error_set(error, ERROR_GUEST, "PV-E1105",
                         "the domain's console cannot be mapped: %s", strerror(-result));
    guest->console_page = page;
    guest->console_port =
        evtchn_bind_interdomain(guests_evtchn(), guest->built.domid, guest->built.console_port);
    if (guest->console_port < 0)
        return error_set(error, ERROR_GUEST, "PV-E1106",
                         "the domain's console has no event channel: %s",
                         strerror(-guest->console_port));
    console_attach(guest->console, guest->console_page, notify_guest, guest);
    return 0;
}

void guest_console_stop(struct guest *guest)
{
    if (guest->console_page) {
        console_detach(guest->console);
        gntdev_unmap(guests_gntdev(), guest->console_page);
    }
    guest->console_page = NULL;
    if (guest->console_port >= 0)
        evtchn_unbind(guests_evtchn(), (evtchn_port_t)guest->console_port);
    guest->console_port = -1;
}

bool guest_console_event(struct guest *guest, int port)
{
    if (guest->console_port != port)
        return false;
    console_serve(guest->console);
    return true;
}
