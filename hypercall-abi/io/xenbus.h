/* SPDX-License-Identifier: MIT */
/*
 * States of the two ends of a device, each the value of its own `state` node in the store.
 */
#ifndef PARAPET_HYPERCALL_ABI_IO_XENBUS_H
#define PARAPET_HYPERCALL_ABI_IO_XENBUS_H

enum xenbus_state {
    XenbusStateUnknown = 0,
    XenbusStateInitialising = 1,
    XenbusStateInitWait = 2,    /* backend: features are in the store */
    XenbusStateInitialised = 3, /* frontend: ring and port are in the store */
    XenbusStateConnected = 4,
    XenbusStateClosing = 5,
    XenbusStateClosed = 6,
    XenbusStateReconfiguring = 7,
    XenbusStateReconfigured = 8
};

#endif
