/* SPDX-License-Identifier: MIT */
/*
 * The bus of paravirtual devices. A device is a folder of the store, device/<type>/<id>, and one of
 * its backend; each end writes its `state` and watches the other's. This file has the states;
 * a driver has one function for each step.
 *
 *   backend waits      negotiate: read features, publish rings     -> Initialised or Connected
 *   backend connected  connected: read what the backend says now   -> Connected
 *   backend closes     disconnect: end requests, take rings back   -> Closed
 *   folder is gone     disconnect, then forget
 *
 * All of it runs in the bus's own thread, one thing at a time.
 */
#ifndef PVGUEST_PV_XENBUS_H
#define PVGUEST_PV_XENBUS_H

#include "hypercall-abi/io/xenbus.h"
#include "kernel/types.h"
#include "pv/store.h"

struct xenbus_device;

struct xenbus_driver {
    const char *type; /* "vbd", "vif" */
    /* A new device: make `data`. False: it cannot be served. */
    bool (*probe)(struct xenbus_device *device);
    /* Answers the state to go to; XenbusStateClosing after an error that was reported. */
    enum xenbus_state (*negotiate)(struct xenbus_device *device);
    /* Also called again when the backend says something new while both are connected. */
    enum xenbus_state (*connected)(struct xenbus_device *device);
    /* @is_alive: the backend still works on requests, so they can come to their end. */
    void (*disconnect)(struct xenbus_device *device, bool is_alive);
    void (*forget)(struct xenbus_device *device);
};

struct xenbus_device {
    const struct xenbus_driver *driver;
    char node[40];                      /* "device/vbd/51712" */
    char backend[STORE_PATH_BYTES / 2]; /* "/local/domain/0/backend/vbd/1/51712" */
    uint16_t backend_domain;
    enum xenbus_state state;         /* ours, as in the store */
    enum xenbus_state backend_state; /* as last seen */
    bool is_broken;                  /* the backend breaks the protocol: disconnect it */
    bool is_listed;                  /* while the bus is looked through */
    void *data;
    struct store_watch *watch;
    struct xenbus_device *next;
};

/* xenbus_init, xenbus_step - what that thread does: once, and again and again. */
void xenbus_init(void);
bool xenbus_step(uint64_t deadline_ns);

/* xenbus_break - from an interrupt: end this device soon. */
void xenbus_break(struct xenbus_device *device, const char *why);
/* xenbus_report - say what is wrong, on the console and in the store. */
void xenbus_report(const struct xenbus_device *device, const char *what);

/* Nodes of the backend and of this end: text; numbers are @otherwise where there is none. */
MUST_CHECK int xenbus_read(const char *folder, const char *name, char *value, size_t bytes);
uint64_t xenbus_read_number(const char *folder, const char *name, uint64_t otherwise);

/*
 * A list of nodes to write at once. xenbus_publish() writes them in a transaction; again, if
 * something came between.
 */
#define PUBLISH_LIMIT 48u
struct xenbus_nodes {
    uint32_t count;
    bool is_too_long;
    struct {
        char name[40];
        char value[24];
    } nodes[PUBLISH_LIMIT];
};
void xenbus_add(struct xenbus_nodes *nodes, const char *folder, const char *name,
                const char *value);
void xenbus_add_number(struct xenbus_nodes *nodes, const char *folder, const char *name,
                       uint64_t value);
MUST_CHECK int xenbus_publish(const struct xenbus_device *device, const struct xenbus_nodes *nodes);

extern const struct xenbus_driver blkfront_driver, netfront_driver;

#endif
