/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/memory.h"
#include "common/program.h"
#include "device/device_internal.h"
#include "hypercall-abi/xen.h"

#define START_LIMIT_MS 20000u
#define CLOSE_LIMIT_MS 30000u /* of a guest that is asked */
#define FORCE_LIMIT_MS 10000u

#define RELEASE_POLL_MS 20u

char *device_backend_path(const struct device *device)
{
    return memory_format("/local/domain/%u/backend/%s/%u/%u", device->backend_domid,
                         device->kind->name, device->domid, device->number);
}

char *device_frontend_path(const struct device *device)
{
    return memory_format("/local/domain/%u/device/%s/%u", device->domid, device->kind->name,
                         device->number);
}

static int write_below(const struct device *device, struct store_transaction *transaction,
                       char *folder, const char *name, const char *value)
{
    int result = store_printf(device->store, transaction, folder, name, "%s", value);

    free(folder);
    return result;
}

int device_write_backend(const struct device *device, struct store_transaction *transaction,
                         const char *name, const char *value)
{
    return write_below(device, transaction, device_backend_path(device), name, value);
}

int device_write_frontend(const struct device *device, struct store_transaction *transaction,
                          const char *name, const char *value)
{
    return write_below(device, transaction, device_frontend_path(device), name, value);
}

bool device_is_here(const struct device *device)
{
    return device->backend_domid == 0;
}

char *device_read_backend(const struct device *device, const char *name)
{
    char *folder = device_backend_path(device);
    char *path = memory_format("%s/%s", folder, name);
    char *value = store_read_string(device->store, NULL, path);

    free(path);
    free(folder);
    return value;
}

enum xenbus_state device_backend_state(const struct device *device)
{
    char *folder = device_backend_path(device);
    char *path = memory_format("%s/state", folder);
    uint64_t state;

    if (store_read_number(device->store, NULL, path, &state) || state > XenbusStateReconfigured)
        state = XenbusStateUnknown;
    free(path);
    free(folder);
    return (enum xenbus_state)state;
}

static int make_folder(const struct device *device, struct store_transaction *transaction,
                       const char *path, uint16_t owner, uint16_t reader)
{
    const struct store_permission permissions[] = {
        { .domid = owner, .access = STORE_NONE },
        { .domid = reader, .access = STORE_READ },
    };
    int result = store_mkdir(device->store, transaction, path);

    return result ? result
                  : store_set_permissions(device->store, transaction, path, permissions, 2);
}

int device_write_nodes(struct device *device, struct store_transaction *transaction)
{
    char *backend = device_backend_path(device);
    char *frontend = device_frontend_path(device);
    char domid[8], backend_domid[8];
    int failed;

    snprintf(domid, sizeof(domid), "%u", device->domid);
    snprintf(backend_domid, sizeof(backend_domid), "%u", device->backend_domid);
    failed = make_folder(device, transaction, backend, device->backend_domid, device->domid) ||
             make_folder(device, transaction, frontend, device->domid, device->backend_domid) ||
             device_write_backend(device, transaction, "frontend", frontend) ||
             device_write_backend(device, transaction, "frontend-id", domid) ||
             device_write_backend(device, transaction, "online", "1") ||
             device_write_backend(device, transaction, "state", "1") ||
             device_write_frontend(device, transaction, "backend", backend) ||
             device_write_frontend(device, transaction, "backend-id", backend_domid) ||
             device_write_frontend(device, transaction, "state", "1");
    free(backend);
    free(frontend);
    return failed ? -1 : 0;
}

/* ---- its life ---- */

static void tell(struct device *device)
{
    device->changed(device->context, device);
}

void device_is_ready(struct device *device)
{
    event_timer_stop(&device->timer);
    device->phase = DEVICE_READY;
    tell(device);
}

void device_failed(struct device *device)
{
    event_timer_stop(&device->timer);
    device->phase = DEVICE_FAILED;
    log_error("device %s/%u of domain %u: %s", device->kind->name, device->number, device->domid,
              device->error.message);
    tell(device);
}

static void remove_nodes(struct device *device)
{
    char *backend = device_backend_path(device), *frontend = device_frontend_path(device);
    char *backends = memory_format("/local/domain/%u/backend/%s/%u", device->backend_domid,
                                   device->kind->name, device->domid);
    struct store_names names;

    if (store_remove(device->store, NULL, backend) || store_remove(device->store, NULL, frontend))
        log_debug("device %s/%u of domain %u had no nodes", device->kind->name, device->number,
                  device->domid);
    if (!store_list(device->store, NULL, backends, &names)) {
        if (!names.count && store_remove(device->store, NULL, backends))
            log_debug("%s stays", backends);
        store_names_free(&names);
    }
    free(backends);
    free(backend);
    free(frontend);
}

static void finish(struct device *device)
{
    event_timer_stop(&device->timer);
    event_timer_stop(&device->retry);
    device->kind->release(device);
    device->phase = DEVICE_GONE;
    tell(device);
}

/* The kernel lets go of the host's part, as a loop device, some time after its nodes went. */
static bool kernel_has_it(const struct device *device)
{
    char *path = memory_format("/sys/bus/xen-backend/devices/%s-%u-%u", device->kind->name,
                               device->domid, device->number);
    bool is_there = device_is_here(device) && !access(path, F_OK);

    free(path);
    return is_there;
}

static void finish_when_released(void *context)
{
    struct device *device = context;

    if (kernel_has_it(device) && !device->is_overdue)
        event_timer_start(device->loop, &device->retry, RELEASE_POLL_MS);
    else
        finish(device);
}

void device_let_go(struct device *device)
{
    remove_nodes(device);
    device->retry.handler = finish_when_released;
    device->retry.context = device;
    event_timer_start(device->loop, &device->retry, 0);
}

/* Its backend is closed. */
static void release(void *context)
{
    struct device *device = context;
    struct error error;

    if (device->is_released)
        return;
    device->is_released = true;
    if (device->watch)
        store_unwatch(device->watch);
    device->watch = NULL;
    if (device->program)
        program_abandon(device->program);
    device->program = NULL;
    if (!device_script(device) || !device_is_here(device)) {
        device_let_go(device);
    } else if (script_run(device, !strcmp(device->kind->name, "vif") ? "offline" : "remove",
                          &error)) {
        log_warning("device %s/%u of domain %u: %s", device->kind->name, device->number,
                    device->domid, error.message);
        device_let_go(device);
    }
}

static void backend_changed(void *context, const char *path, const char *token)
{
    struct device *device = context;
    enum xenbus_state state = device_backend_state(device);

    (void)path;
    (void)token;
    if (device->phase == DEVICE_STARTING && state >= XenbusStateInitWait &&
        state <= XenbusStateConnected)
        device->kind->backend_waits(device);
    else if (device->phase == DEVICE_CLOSING &&
             (state == XenbusStateClosed || state == XenbusStateUnknown))
        release(device);
}

static void nobody_serves(struct device *device)
{
    if (device_is_here(device)) {
        error_set(&device->error, ERROR_TIMEOUT, "PV-E1001",
                  "the control domain's kernel does not serve %s %u within %u s",
                  device->kind->name, device->number, START_LIMIT_MS / 1000);
        error_hint(&device->error, "are xen-blkback and xen-netback loaded? See dmesg there");
    } else {
        error_set(&device->error, ERROR_TIMEOUT, "PV-E1003",
                  "the domain %u, which is to serve %s %u, does not within %u s",
                  device->backend_domid, device->kind->name, device->number, START_LIMIT_MS / 1000);
        error_hint(&device->error, "it needs the back ends' drivers, and somebody who sets them up "
                                   "there; or remove <backenddomain>");
    }
    device_failed(device);
}

static void time_is_up(void *context)
{
    struct device *device = context;

    if (device->phase == DEVICE_STARTING) {
        nobody_serves(device);
    } else if (device->phase == DEVICE_CLOSING && device->is_forced) {
        log_warning("device %s/%u of domain %u does not close; removed all the same",
                    device->kind->name, device->number, device->domid);
        device->is_overdue = true;
        release(device);
    } else if (device->phase == DEVICE_CLOSING && !device->is_released) {
        device->is_refused = true;
        error_set(&device->error, ERROR_TIMEOUT, "PV-E1004",
                  "the guest does not let go of %s %u in time", device->kind->name, device->number);
        error_hint(&device->error, "it goes when the guest has closed it (is it mounted, is the "
                                   "guest paused?); --force takes it away now");
        tell(device);
    }
}

void device_watch(struct device *device)
{
    char *path = device_backend_path(device);

    device->watch = store_watch(device->store, path, "state", backend_changed, device);
    free(path);
    event_timer_start(device->loop, &device->timer, START_LIMIT_MS);
}

/* The guest has a driver that may be moving data: it is to be asked. */
static bool guest_uses_it(const struct device *device, const char *frontend)
{
    char *path = memory_format("%s/state", frontend);
    uint64_t state;
    bool uses_it = !store_read_number(device->store, NULL, path, &state) &&
                   (state == XenbusStateInitialised || state == XenbusStateConnected ||
                    state == XenbusStateClosing);

    free(path);
    return uses_it;
}

/* @is_closed: the backend needs not be told. */
static void write_removal(struct device *device, const char *frontend, bool is_closed)
{
    struct store_transaction *transaction = store_transaction_start(device->store);
    int failed = 0;

    /* A backend whose frontend has no nodes any more lets go of the guest's memory. */
    if (device->is_forced && store_exists(device->store, transaction, frontend))
        failed = store_remove(device->store, transaction, frontend);
    if (device_write_backend(device, transaction, "online", "0") ||
        (!is_closed && device_write_backend(device, transaction, "state", "5")) || failed)
        log_warning("device %s/%u of domain %u: its nodes cannot be changed", device->kind->name,
                    device->number, device->domid);
    store_transaction_end(transaction, true);
}

void device_remove(struct device *device, bool force, uint64_t limit_ms)
{
    char *frontend = device_frontend_path(device);
    bool is_closed = device_backend_state(device) == XenbusStateClosed;

    if (device->phase == DEVICE_GONE || device->is_released) {
        free(frontend);
        return;
    }
    device->phase = DEVICE_CLOSING;
    device->is_refused = false;
    device->is_forced = device->is_forced || force || !guest_uses_it(device, frontend);
    write_removal(device, frontend, is_closed);
    if (!limit_ms)
        limit_ms = device->is_forced ? FORCE_LIMIT_MS : CLOSE_LIMIT_MS;
    event_timer_start(device->loop, &device->timer, limit_ms);
    /* A guest that shut down properly has closed it before; the kernel would not say it again. */
    if (is_closed) {
        device->retry.handler = release;
        device->retry.context = device;
        event_timer_start(device->loop, &device->retry, 0);
    }
    free(frontend);
}

struct device *device_new(const struct device_place *place, const struct device_kind *kind,
                          uint32_t number)
{
    static uintptr_t last_serial;
    struct device *device = memory_alloc(sizeof(*device));

    device->kind = kind;
    device->serial = ++last_serial;
    device->store = place->store;
    device->loop = place->loop;
    device->domid = place->domid;
    device->backend_domid = place->backend_domid;
    device->number = number;
    device->changed = place->changed;
    device->context = place->context;
    device->backing_fd = -1;
    device->timer.handler = time_is_up;
    device->timer.context = device;
    return device;
}

struct device *device_found(const struct device_place *place, const struct device_kind *kind,
                            uint32_t number)
{
    struct device *device = device_new(place, kind, number);
    char *folder = device_frontend_path(device);
    char *path = memory_format("%s/backend-id", folder);
    uint64_t domid;
    char *online;

    if (!store_read_number(device->store, NULL, path, &domid) && domid < DOMID_FIRST_RESERVED)
        device->backend_domid = (domid_t)domid;
    free(path);
    free(folder);
    online = device_read_backend(device, "online");
    if (online && !strcmp(online, "0"))
        device->phase = DEVICE_CLOSING;
    free(online);
    return device;
}

void device_free(struct device *device)
{
    if (device->program)
        program_abandon(device->program);
    event_timer_stop(&device->timer);
    event_timer_stop(&device->retry);
    if (device->watch)
        store_unwatch(device->watch);
    disk_config_free(&device->disk);
    nic_config_free(&device->nic);
    free(device);
}
