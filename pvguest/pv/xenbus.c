/* SPDX-License-Identifier: MIT */
#include "pv/xenbus.h"

#include "kernel/page.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "kernel/text.h"

#define NAMES_BYTES       1024u
#define TRANSACTION_TRIES 64u

static const struct xenbus_driver *const drivers[] = { &blkfront_driver, &netfront_driver };
static struct xenbus_device *devices;

/* ---- nodes ---- */

int xenbus_read(const char *folder, const char *name, char *value, size_t bytes)
{
    char path[STORE_PATH_BYTES];

    format_text(path, sizeof(path), "%s/%s", folder, name);
    return store_read(0, path, value, bytes);
}

uint64_t xenbus_read_number(const char *folder, const char *name, uint64_t otherwise)
{
    char value[24];

    if (xenbus_read(folder, name, value, sizeof(value)) || value[0] < '0' || value[0] > '9')
        return otherwise;
    return parse_number(value, NULL);
}

void xenbus_add(struct xenbus_nodes *nodes, const char *folder, const char *name, const char *value)
{
    if (nodes->count == PUBLISH_LIMIT) {
        nodes->is_too_long = true;
        return;
    }
    format_text(nodes->nodes[nodes->count].name, sizeof(nodes->nodes[0].name), "%s%s", folder,
                name);
    copy_text(nodes->nodes[nodes->count++].value, value, sizeof(nodes->nodes[0].value));
}

void xenbus_add_number(struct xenbus_nodes *nodes, const char *folder, const char *name,
                       uint64_t value)
{
    char text[24];

    format_text(text, sizeof(text), "%lu", value);
    xenbus_add(nodes, folder, name, text);
}

static int write_nodes(uint32_t transaction, const struct xenbus_device *device,
                       const struct xenbus_nodes *nodes)
{
    int error = 0;

    for (uint32_t i = 0; i < nodes->count && !error; i++) {
        char path[STORE_PATH_BYTES];

        format_text(path, sizeof(path), "%s/%s", device->node, nodes->nodes[i].name);
        error = store_write(transaction, path, nodes->nodes[i].value);
    }
    return error;
}

int xenbus_publish(const struct xenbus_device *device, const struct xenbus_nodes *nodes)
{
    if (nodes->is_too_long)
        return -XEN_ENOSPC;
    for (uint32_t tries = 0; tries < TRANSACTION_TRIES; tries++) {
        uint32_t transaction;
        int error = store_begin(&transaction);

        if (error)
            return error;
        error = write_nodes(transaction, device, nodes);
        int end_error = store_end(transaction, !error);

        if (error || end_error != -XEN_EAGAIN)
            return error ? error : end_error;
    }
    return -XEN_EAGAIN;
}

/* ---- states ---- */

static void set_state(struct xenbus_device *device, enum xenbus_state state)
{
    char path[STORE_PATH_BYTES], text[8];

    if (device->state == state)
        return;
    device->state = state;
    format_text(path, sizeof(path), "%s/state", device->node);
    format_text(text, sizeof(text), "%u", (uint32_t)state);
    if (store_write(0, path, text))
        print("xenbus: %s: its state cannot be written\n", device->node);
}

void xenbus_report(const struct xenbus_device *device, const char *what)
{
    char path[STORE_PATH_BYTES];

    print("xenbus: %s: %s\n", device->node, what);
    format_text(path, sizeof(path), "error/%s/error", device->node);
    if (store_write(0, path, what))
        return; /* not every toolstack has a place for it */
}

void xenbus_break(struct xenbus_device *device, const char *why)
{
    if (device->is_broken)
        return;
    print("xenbus: %s: %s, the backend is given up\n", device->node, why);
    device->is_broken = true;
    store_wake_watches();
}

static void close_device(struct xenbus_device *device, bool is_alive)
{
    if (device->state == XenbusStateClosed)
        return;
    if (device->state != XenbusStateInitialising)
        device->driver->disconnect(device, is_alive);
    set_state(device, XenbusStateClosed);
}

static void enter(struct xenbus_device *device, enum xenbus_state state)
{
    if (state == XenbusStateClosing) {
        device->driver->disconnect(device, false);
        state = XenbusStateClosed;
    }
    set_state(device, state);
}

/* A backend that waits for a frontend which has closed begins again with it. */
static void backend_waits(struct xenbus_device *device)
{
    if (device->state == XenbusStateClosed && !device->is_broken)
        set_state(device, XenbusStateInitialising);
    if (device->state == XenbusStateInitialising)
        enter(device, device->driver->negotiate(device));
}

static void backend_connected(struct xenbus_device *device)
{
    if (device->state == XenbusStateInitialised || device->state == XenbusStateConnected)
        enter(device, device->driver->connected(device));
}

static void backend_changed(void *context)
{
    struct xenbus_device *device = context;

    device->backend_state =
        (enum xenbus_state)xenbus_read_number(device->backend, "state", XenbusStateUnknown);
    switch (device->backend_state) {
    case XenbusStateInitWait:
        backend_waits(device);
        break;
    case XenbusStateConnected:
        backend_connected(device);
        break;
    case XenbusStateClosing:
        close_device(device, true);
        break;
    case XenbusStateUnknown:
    case XenbusStateClosed:
        close_device(device, false);
        break;
    case XenbusStateInitialising:
    case XenbusStateInitialised:
    case XenbusStateReconfiguring:
    case XenbusStateReconfigured:
    default:
        break;
    }
}

/* ---- devices that come and go ---- */

static struct xenbus_device *find_device(const char *node)
{
    struct xenbus_device *device = devices;

    while (device && strcmp(device->node, node))
        device = device->next;
    return device;
}

static bool read_device(struct xenbus_device *device)
{
    char path[STORE_PATH_BYTES];

    if (xenbus_read(device->node, "backend", device->backend, sizeof(device->backend)))
        return false;
    device->backend_domain = (uint16_t)xenbus_read_number(device->node, "backend-id", 0);
    device->state = (enum xenbus_state)xenbus_read_number(device->node, "state", 0);
    if (!device->driver->probe(device))
        return false;
    /* After a restart of this kernel in the same domain the state is an old one. */
    set_state(device, XenbusStateInitialising);
    format_text(path, sizeof(path), "%s/state", device->backend);
    device->watch = store_watch(path, backend_changed, device);
    if (!device->watch)
        device->driver->forget(device);
    return device->watch;
}

static void add_device(const struct xenbus_driver *driver, const char *node)
{
    struct xenbus_device *device = kmalloc(sizeof(*device));

    if (!device)
        return;
    device->driver = driver;
    device->is_listed = true;
    copy_text(device->node, node, sizeof(device->node));
    if (!read_device(device)) {
        print("xenbus: %s cannot be served\n", node);
        kfree(device, sizeof(*device));
        return;
    }
    device->next = devices;
    devices = device;
}

static void remove_device(struct xenbus_device *device)
{
    store_unwatch(device->watch);
    if (device->state != XenbusStateClosed && device->state != XenbusStateInitialising)
        device->driver->disconnect(device, false);
    device->driver->forget(device);
    kfree(device, sizeof(*device));
}

static void scan_type(const struct xenbus_driver *driver)
{
    static char names[NAMES_BYTES];
    char folder[24];
    size_t used;

    format_text(folder, sizeof(folder), "device/%s", driver->type);
    if (store_directory(folder, names, sizeof(names), &used))
        return; /* no device of this type */
    for (const char *name = names; name < names + used; name += strlen(name) + 1) {
        char node[40];

        format_text(node, sizeof(node), "%s/%s", folder, name);
        struct xenbus_device *device = find_device(node);

        if (device)
            device->is_listed = true;
        else
            add_device(driver, node);
    }
}

static void device_folder_changed(void *context)
{
    (void)context;
    for (struct xenbus_device *device = devices; device; device = device->next)
        device->is_listed = false;
    for (size_t i = 0; i < ARRAY_LENGTH(drivers); i++)
        scan_type(drivers[i]);
    for (struct xenbus_device **link = &devices; *link;) {
        struct xenbus_device *device = *link;

        if (device->is_listed) {
            link = &device->next;
            continue;
        }
        *link = device->next;
        remove_device(device);
    }
}

/* ---- the thread ---- */

void xenbus_init(void)
{
    if (!store_watch("device", device_folder_changed, NULL))
        print("xenbus: no watch of the devices\n");
}

bool xenbus_step(uint64_t deadline_ns)
{
    bool has_run = store_run_watches(deadline_ns);

    for (struct xenbus_device *device = devices; device; device = device->next) {
        if (device->is_broken)
            close_device(device, false);
    }
    return has_run;
}
