/* SPDX-License-Identifier: MIT */
/* A guest's nodes in the store, as xl makes them and kernels expect them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/memory.h"
#include "config/values.h"
#include "pvd/guest.h"

#define CONSOLE_LIMIT_BYTES 1048576

char *guest_path(const struct guest *guest, const char *below)
{
    return memory_format("/local/domain/%u%s%s", guest->built.domid, *below ? "/" : "", below);
}

struct writer {
    struct guest *guest;
    struct store_transaction *transaction;
    bool has_failed;
};

/* What the guest may read, or, if it owns it, write. */
static void put(struct writer *w, bool guest_owns, const char *below, const char *value)
{
    struct store *store = w->guest->pvd->store;
    uint16_t domid = w->guest->built.domid;
    const struct store_permission read_only[] = { { 0, STORE_NONE }, { domid, STORE_READ } };
    const struct store_permission owned[] = { { domid, STORE_NONE } };
    char *path = guest_path(w->guest, below);

    if (store_write(store, w->transaction, path, value) ||
        store_set_permissions(store, w->transaction, path, guest_owns ? owned : read_only,
                              guest_owns ? 1 : 2))
        w->has_failed = true;
    free(path);
}

static void put_number(struct writer *w, const char *below, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
    put(w, false, below, text);
}

static void put_vcpus(struct writer *w)
{
    const struct domain_config *config = &w->guest->config;
    char below[32];

    for (uint32_t i = 0; i < config->max_vcpus; i++) {
        snprintf(below, sizeof(below), "cpu/%u/availability", i);
        put(w, false, below, i < config->vcpus ? "online" : "offline");
    }
}

static void put_control(struct writer *w)
{
    static const char *const owned[] = {
        "control/shutdown",
        "control/feature-poweroff",
        "control/feature-reboot",
        "control/feature-suspend",
        "control/sysrq",
        "device/suspend/event-channel",
        "data",
        "drivers",
        "feature",
        "attr",
        "error",
    };

    put(w, false, "device", "");
    put(w, false, "control", "");
    put(w, false, "control/platform-feature-multiprocessor-suspend", "1");
    put(w, false, "control/platform-feature-xs_reset_watches", "1");
    for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
        put(w, true, owned[i], "");
}

static void put_rings(struct writer *w)
{
    const struct built_domain *built = &w->guest->built;
    char *backend = memory_format("/local/domain/0/backend/console/%u/0", built->domid);

    put(w, false, "store", "");
    put_number(w, "store/port", built->store_port);
    put_number(w, "store/ring-ref", built->store_mfn);
    put(w, false, "console", "");
    put(w, false, "console/backend", backend);
    put(w, false, "console/backend-id", "0");
    put_number(w, "console/limit", CONSOLE_LIMIT_BYTES);
    put(w, false, "console/type", "xenconsoled");
    put(w, false, "console/output", "pty");
    put_number(w, "console/port", built->console_port);
    put_number(w, "console/ring-ref", built->console_mfn);
    free(backend);
}

static void put_all(struct writer *w)
{
    const struct domain_config *config = &w->guest->config;
    char uuid[UUID_TEXT_BYTES];
    char *vm;

    uuid_format(config->uuid, uuid);
    vm = memory_format("/vm/%s", uuid);
    put(w, false, "", "");
    put(w, false, "vm", vm);
    put(w, false, "name", config->name);
    put_number(w, "domid", w->guest->built.domid);
    put_vcpus(w);
    put(w, false, "memory", "");
    put_number(w, "memory/static-max", config->max_memory_bytes >> 10);
    put_number(w, "memory/target", config->memory_bytes >> 10);
    put_number(w, "memory/videoram", 0);
    put_control(w);
    put_rings(w);
    if (store_printf(w->guest->pvd->store, w->transaction, vm, "name", "%s", config->name) ||
        store_printf(w->guest->pvd->store, w->transaction, vm, "uuid", "%s", uuid))
        w->has_failed = true;
    free(vm);
}

int guest_write_nodes(struct guest *guest, struct error *error)
{
    struct writer w = { .guest = guest, .transaction = store_transaction_start(guest->pvd->store) };

    put_all(&w);
    if (store_transaction_end(w.transaction, !w.has_failed) || w.has_failed)
        return error_set(error, ERROR_FAILED, "PV-E0140",
                         "the nodes of domain %u cannot be written to the store",
                         guest->built.domid);
    return 0;
}

int guest_write_name(struct guest *guest, struct error *error)
{
    struct writer w = { .guest = guest, .transaction = NULL };

    put(&w, false, "name", guest->config.name);
    return w.has_failed ? error_set(error, ERROR_FAILED, "PV-E0141",
                                    "the domain's name cannot be written to the store")
                        : 0;
}

void guest_remove_nodes(struct guest *guest)
{
    char uuid[UUID_TEXT_BYTES];
    char *path = guest_path(guest, "");
    char *vm;

    uuid_format(guest->config.uuid, uuid);
    vm = memory_format("/vm/%s", uuid);
    if (store_remove(guest->pvd->store, NULL, path) || store_remove(guest->pvd->store, NULL, vm))
        log_debug("domain %u had no nodes", guest->built.domid);
    free(vm);
    free(path);
}
