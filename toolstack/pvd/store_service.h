/* SPDX-License-Identifier: MIT */
/*
 * The store's connections to the world: the socket for programs of the control domain, its kernel's
 * ring (/dev/xen/xenbus_backend), and guests' rings, mapped by grants (/dev/xen/gntdev) with their
 * event channels (/dev/xen/evtchn). No privcmd here.
 */
#ifndef PARAPET_TOOLSTACK_PVD_STORE_SERVICE_H
#define PARAPET_TOOLSTACK_PVD_STORE_SERVICE_H

#include <stdint.h>

#include "common/error.h"

struct store_service;

/*
 * store_service_introduce - a new domain: maps grant @gref of it (GNTTAB_RESERVED_XENSTORE, which
 * the builder seeds), binds its unbound @port, and serves it from now on; @introduceDomain fires.
 * After a restart of pvd this is done for all domains that were introduced, before other modules
 * start. To end it: store_domain_release(), which also unmaps and unbinds.
 */
MUST_CHECK int store_service_introduce(struct store_service *service, uint16_t domid, uint32_t gref,
                                       uint32_t port, struct error *error);

#endif
