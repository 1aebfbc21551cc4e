/* SPDX-License-Identifier: MIT */
/* How a device comes and goes, with the store, and with the test in the place of kernel and guest. */
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "device/device_internal.h"
#include "support/unit.h"

#define BACKEND  "/local/domain/0/backend/vbd/7/51712"
#define FRONTEND "/local/domain/7/device/vbd/51712"

static struct event_loop *loop;
static struct store *store;
static unsigned waits, releases, changes;

void nic_interface_name(const struct device *device, char name[INTERFACE_BYTES])
{
    (void)device;
    strcpy(name, "vif7.0");
}

static void fake_waits(struct device *device)
{
    waits++;
    device_is_ready(device);
}

static void fake_release(struct device *device)
{
    (void)device;
    releases++;
}

static const struct device_kind fake_kind = { .name = "vbd",
                                              .backend_waits = fake_waits,
                                              .release = fake_release };

static void take_change(void *context, struct device *device)
{
    (void)context;
    (void)device;
    changes++;
}

/* Some turns: what is to come of what was written has come. */
static void settle(void)
{
    for (int i = 0; i < 5; i++) {
        store_turn(store);
        event_loop_turn(loop, 1);
    }
}

static void write_state(const char *end, unsigned state)
{
    ck_assert_int_eq(store_printf(store, NULL, end, "state", "%u", state), 0);
    settle();
}

static unsigned state_of(const char *end)
{
    char *path = memory_format("%s/state", end);
    uint64_t state = 0;

    if (store_read_number(store, NULL, path, &state))
        state = 0;
    free(path);
    return (unsigned)state;
}

static struct device_place place(void)
{
    return (
        struct device_place){ .store = store, .loop = loop, .domid = 7, .changed = take_change };
}

/* One that both ends are connected to. */
static struct device *connected_device(void)
{
    struct error error;
    struct device_place where;
    struct device *device;
    struct store_transaction *transaction;

    loop = event_loop_create(&error);
    store = store_create(NULL, &error);
    ck_assert(loop && store);
    where = place();
    device = device_new(&where, &fake_kind, 51712);
    transaction = store_transaction_start(store);
    ck_assert_int_eq(device_write_nodes(device, transaction), 0);
    ck_assert_int_eq(store_transaction_end(transaction, true), 0);
    device_watch(device);
    settle();
    ck_assert_int_eq(device->phase, DEVICE_STARTING);
    write_state(BACKEND, XenbusStateInitWait);
    ck_assert_int_eq(device->phase, DEVICE_READY);
    ck_assert_uint_eq(waits, 1);
    write_state(FRONTEND, XenbusStateConnected);
    write_state(BACKEND, XenbusStateConnected);
    changes = 0;
    return device;
}

static void end(struct device *device)
{
    device_free(device);
    store_destroy(store);
    event_loop_destroy(loop);
}

TEST(device, goes_when_guest_and_backend_have_closed_it)
{
    struct device *device = connected_device();

    device_remove(device, false, 0);
    ck_assert_uint_eq(state_of(BACKEND), XenbusStateClosing);
    ck_assert(store_exists(store, NULL, FRONTEND));
    write_state(FRONTEND, XenbusStateClosed);
    ck_assert_int_eq(device->phase, DEVICE_CLOSING);
    write_state(BACKEND, XenbusStateClosed);
    ck_assert_int_eq(device->phase, DEVICE_GONE);
    ck_assert_uint_eq(releases, 1);
    ck_assert(!store_exists(store, NULL, BACKEND));
    ck_assert(!store_exists(store, NULL, FRONTEND));
    ck_assert(!store_exists(store, NULL, "/local/domain/0/backend/vbd/7"));
    end(device);
}

TEST(device, a_guest_that_does_not_let_go_is_reported_and_may_still_do)
{
    struct device *device = connected_device();

    device_remove(device, false, 1);
    while (!device->is_refused)
        settle();
    ck_assert_uint_eq(changes, 1);
    ck_assert_int_eq(device->error.class, ERROR_TIMEOUT);
    ck_assert_int_eq(device->phase, DEVICE_CLOSING);
    ck_assert(store_exists(store, NULL, FRONTEND));
    /* Asked again, it is waited for again. */
    device_remove(device, false, 0);
    ck_assert(!device->is_refused);
    write_state(BACKEND, XenbusStateClosed);
    ck_assert_int_eq(device->phase, DEVICE_GONE);
    end(device);
}

TEST(device, by_force_the_guest_is_not_asked)
{
    struct device *device = connected_device();

    device_remove(device, false, 0);
    device_remove(device, true, 0);
    ck_assert(!store_exists(store, NULL, FRONTEND));
    write_state(BACKEND, XenbusStateClosed);
    ck_assert_int_eq(device->phase, DEVICE_GONE);
    end(device);
}

TEST(device, a_backend_that_hangs_does_not_keep_what_is_forced)
{
    struct device *device = connected_device();

    device_remove(device, true, 1);
    while (device->phase != DEVICE_GONE)
        settle();
    ck_assert(!store_exists(store, NULL, BACKEND));
    end(device);
}

TEST(device, a_guest_without_a_driver_is_not_asked)
{
    struct device *device = connected_device();

    write_state(FRONTEND, XenbusStateInitialising);
    device_remove(device, false, 0);
    ck_assert(device->is_forced);
    ck_assert(!store_exists(store, NULL, FRONTEND));
    write_state(BACKEND, XenbusStateClosed);
    ck_assert_int_eq(device->phase, DEVICE_GONE);
    end(device);
}

TEST(device, a_new_daemon_finds_one_that_is_closing)
{
    struct device *device = connected_device(), *found;
    struct device_place where = place();

    device_remove(device, false, 0);
    device_free(device);
    where.backend_domid = 3; /* what the store says counts */
    found = device_found(&where, &fake_kind, 51712);
    ck_assert_uint_eq(found->backend_domid, 0);
    ck_assert_int_eq(found->phase, DEVICE_CLOSING);
    device_watch(found);
    settle();
    ck_assert_uint_eq(waits, 1);
    write_state(BACKEND, XenbusStateClosed);
    ck_assert_int_eq(found->phase, DEVICE_GONE);
    end(found);
}

TEST(device, another_domain_serves_it)
{
    struct device *device = connected_device();
    struct device_place where = place();
    struct device *served;

    where.backend_domid = 3;
    served = device_new(&where, &fake_kind, 51728);
    ck_assert(device_is_here(device) && !device_is_here(served));
    ck_assert_int_eq(device_write_nodes(served, NULL), 0);
    ck_assert(store_exists(store, NULL, "/local/domain/3/backend/vbd/7/51728/online"));
    ck_assert_int_eq(device_write_frontend(served, NULL, "handle", "1"), 0);
    device_free(served);
    end(device);
}

TEST(device, scripts_outside_of_their_folder_may_not_run)
{
    static const char *const paths[] = { "/bin/sh",
                                         "/etc/pvctl/scripts/",
                                         "/etc/pvctl/scripts/.hidden",
                                         "/etc/pvctl/scripts/../../../bin/sh",
                                         "/etc/pvctl/scriptsx",
                                         "" };

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct error error;

        ck_assert_int_eq(script_check(paths[i], &error), -1);
        ck_assert_int_eq(error.class, ERROR_UNSUPPORTED);
    }
}
