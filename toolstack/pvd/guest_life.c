/* SPDX-License-Identifier: MIT */
/*
 * How a guest comes and goes. Each step is a function that is called when the one before is done:
 * by the builder's answer, by devices that are ready or gone, by the hypervisor's news of domains.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/log.h"
#include "common/memory.h"
#include "config/values.h"
#include "control/sysctl.h"
#include "hypercall-abi/grant_table.h"
#include "pvd/guest.h"
#include "pvd/store_service.h"

#define GONE_POLL_MS   200u
#define GONE_TRIES_MAX 100u

static const char *const reason_names[] = {
    [SHUTDOWN_poweroff] = "powered off",
    [SHUTDOWN_reboot] = "wants to reboot",
    [SHUTDOWN_suspend] = "suspended",
    [SHUTDOWN_crash] = "crashed",
    [SHUTDOWN_watchdog] = "was ended by its watchdog",
    [SHUTDOWN_soft_reset] = "wants a soft reset",
};

/* ---- waiters ---- */

static void tell_waiters(void *context)
{
    struct guest *guest = context;

    list_for_each(link, &guest->waiters)
    {
        struct guest_waiter *waiter = container_of(link, struct guest_waiter, link);

        waiter->check(waiter);
    }
    if (guest->phase == GUEST_GONE)
        guest_serve_sessions(guest);
}

void guest_changed(struct guest *guest)
{
    event_call_defer(guest->pvd->loop, &guest->tell);
}

void guest_add_waiter(struct guest *guest, struct guest_waiter *waiter)
{
    waiter->guest = guest;
    list_append(&guest->waiters, &waiter->link);
    guest_changed(guest);
}

/* ---- before it is there ---- */

static void poll_gone(void *context);

struct guest *guest_new(struct pvd *pvd, struct domain_config *config)
{
    struct guest *guest = memory_alloc(sizeof(*guest));
    char *log = memory_format("%s/%s.log", pvd->options.log_folder, config->name);

    guest->pvd = pvd;
    guest->config = *config;
    memcpy(guest->handle, config->uuid, sizeof(guest->handle));
    *config = (struct domain_config){ .name = "" };
    guest->built.domid = DOMID_INVALID;
    guest->end_reason = REASON_NONE;
    guest->console_port = -1;
    guest->created = time(NULL);
    guest->console = console_create(log);
    guest->tell.handler = tell_waiters;
    guest->tell.context = guest;
    guest->gone_timer.handler = poll_gone;
    guest->gone_timer.context = guest;
    list_init(&guest->waiters);
    list_init(&guest->sessions);
    list_append(guests_all(), &guest->link);
    free(log);
    return guest;
}

static void cancel_all(struct list *requests)
{
    list_for_each(link, requests)
    {
        struct request *request = container_of(link, struct request, link);

        request->on_cancel(request);
    }
}

void guest_free(struct guest *guest)
{
    cancel_all(&guest->sessions);
    list_remove(&guest->link);
    event_call_cancel(&guest->tell);
    event_timer_stop(&guest->gone_timer);
    console_destroy(guest->console);
    domain_config_free(&guest->config);
    free(guest);
}

struct guest *guest_create(struct pvd *pvd, struct domain_config *config, bool paused,
                           struct error *error)
{
    struct guest *guest;

    if (guest_check_config(config, error))
        return NULL;
    guest = guest_new(pvd, config);
    guest->was_made_paused = guest->is_paused = paused;
    if (guest_build_start(guest, error)) {
        guest_free(guest);
        return NULL;
    }
    log_info("%s: being built", guest->config.name);
    return guest;
}

/* ---- it comes ---- */

static void give_up(struct guest *guest, const struct error *error)
{
    guest->error = *error;
    log_error("%s: %s", guest->config.name, error->message);
    guest_event(guest, "failed", "%s", error->message);
    guest_end(guest, SEQUEL_NONE);
}

/* Affinity and shares; a domain may do without, so a refusal is only a warning. */
static void apply_scheduling(struct guest *guest)
{
    const struct domain_config *config = &guest->config;
    domid_t domid = guest->built.domid;

    for (uint32_t vcpu = 0; vcpu < config->max_vcpus; vcpu++) {
        cpu_mask_t cpus = config->cpus;

        for (size_t i = 0; i < config->pin_count; i++) {
            if (config->pins[i].vcpu == vcpu)
                cpus = config->pins[i].cpus;
        }
        if (cpus != CPU_MASK_ALL && domctl_set_affinity(guests_control(), domid, vcpu, &cpus))
            log_warning("%s: vCPU %u cannot be pinned as asked", config->name, vcpu);
    }
    if (domctl_set_scheduling(guests_control(), domid, (uint16_t)config->weight,
                              (uint16_t)config->cap))
        log_warning("%s: weight and cap cannot be set", config->name);
}

static int start_parts(struct guest *guest, struct error *error)
{
    if (guest_console_start(guest, error) || guest_write_nodes(guest, error) ||
        guest_journal_write(guest, error))
        return -1;
    if (store_service_introduce(guest->pvd->store_service, guest->built.domid,
                                GNTTAB_RESERVED_XENSTORE, guest->built.store_port, error))
        return -1;
    return guest_attach_devices(guest, error);
}

void guest_built(struct guest *guest)
{
    struct error error = guest->error;

    if (guest->is_destroyed && error.class == ERROR_NONE)
        error_set(&error, ERROR_STATE, "PV-E0604", "the domain was destroyed while it was built");
    if (error.class != ERROR_NONE) {
        give_up(guest, &error);
        return;
    }
    guest->phase = GUEST_STARTING;
    log_info("%s: domain %u is built", guest->config.name, guest->built.domid);
    guest_event(guest, "created", "%s", guest->built.guest_os);
    apply_scheduling(guest);
    if (start_parts(guest, &error)) {
        give_up(guest, &error);
        return;
    }
    guest_devices_changed(guest);
}

static void go(struct guest *guest)
{
    struct error error;
    int result;

    guest->phase = GUEST_ALIVE;
    result = guest_journal_write(guest, &error);
    if (!result && !guest->is_paused &&
        (result = domctl_unpause(guests_control(), guest->built.domid)))
        error_set(&error, ERROR_GUEST, "PV-E1107", "the domain cannot be unpaused: %s",
                  strerror(-result));
    if (result) {
        give_up(guest, &error);
        return;
    }
    guest_event(guest, guest->is_paused ? "paused" : "started", "%s", "");
    guest_changed(guest);
    guest_look(guest);
}

/* ---- it goes ---- */

/* Who waits for a guest of this name to run waits for the new one. */
static void move_waiters(struct guest *from, struct guest *to)
{
    list_for_each(link, &from->waiters)
    {
        struct guest_waiter *waiter = container_of(link, struct guest_waiter, link);

        if (!waiter->follows_restart)
            continue;
        list_remove(&waiter->link);
        guest_add_waiter(to, waiter);
    }
}

/* A new guest of the configuration that @old had. Takes the reference. */
static void restart(struct guest *old, json_t *json)
{
    struct error error;
    struct domain_config config;
    struct guest *guest = NULL;

    if (!domain_config_from_json(json, &config, &error)) {
        guest = guest_create(old->pvd, &config, false, &error);
        domain_config_free(&config); /* what is left of it */
    }
    json_decref(json);
    if (!guest) {
        log_error("%s: cannot be started again: %s", old->config.name, error.message);
        guest_event(old, "failed", "cannot be started again: %s", error.message);
        old->error = error;
        return;
    }
    memcpy(guest->crashes, old->crashes, sizeof(guest->crashes));
    move_waiters(old, guest);
}

static void remember(struct guest *guest)
{
    unsigned count = 0;

    guest->phase = GUEST_GONE;
    list_remove(&guest->link);
    list_append(guests_gone(), &guest->link);
    list_for_each(link, guests_gone()) count++;
    if (count > GUESTS_GONE_MAX)
        guest_free(container_of(guests_gone()->next, struct guest, link));
    guest_changed(guest);
}

static void end_is_complete(struct guest *guest)
{
    event_timer_stop(&guest->gone_timer);
    log_info("%s: domain %u is gone", guest->config.name, guest->built.domid);
    guest_event(guest, "gone", "%s", guest->sequel == SEQUEL_RESTART ? "and comes again" : "");
    guest_journal_remove(guest);
    remember(guest);
    if (guest->sequel == SEQUEL_RESTART)
        restart(guest, domain_config_to_json(&guest->config));
}

/* Frames that others still map keep the domain visible; its last end is told by VIRQ_DOM_EXC. */
static void look_if_gone(struct guest *guest)
{
    struct xen_domctl_getdomaininfo info;

    if (guest->device_count || guest->gone_tries == 0)
        return;
    if (domctl_info(guests_control(), guest->built.domid, &info) == -ESRCH ||
        guest->gone_tries > GONE_TRIES_MAX) {
        if (guest->gone_tries > GONE_TRIES_MAX)
            log_error("domain %u does not end: its memory is still in use", guest->built.domid);
        end_is_complete(guest);
    }
}

static void poll_gone(void *context)
{
    struct guest *guest = context;

    guest->gone_tries++;
    event_timer_start(guest->pvd->loop, &guest->gone_timer, GONE_POLL_MS);
    look_if_gone(guest);
}

/* All backends have let go. */
static void destroy_domain(struct guest *guest)
{
    domid_t domid = guest->built.domid;
    int result;

    if (guest->gone_tries)
        return;
    guest->gone_tries = 1;
    guest_console_stop(guest);
    if (store_domain_is_introduced(guest->pvd->store, domid))
        store_domain_release(guest->pvd->store, domid);
    guest_remove_nodes(guest);
    result = domctl_destroy(guests_control(), domid);
    if (result && result != -ESRCH)
        log_error("domain %u cannot be destroyed: %s", domid, strerror(-result));
    event_timer_start(guest->pvd->loop, &guest->gone_timer, GONE_POLL_MS);
    look_if_gone(guest);
}

static void note_end(struct guest *guest)
{
    char *note;

    if (!guest->console_page)
        return;
    console_serve(guest->console);
    note = memory_format("\r\n[pvd: %s %s]\r\n", guest->config.name,
                         guest->end_reason == REASON_NONE ? "is destroyed"
                                                          : reason_names[guest->end_reason]);
    console_note(guest->console, note);
    free(note);
}

void guest_end(struct guest *guest, enum guest_sequel sequel)
{
    if (guest->phase == GUEST_ENDING || guest->phase == GUEST_GONE) {
        if (sequel == SEQUEL_NONE)
            guest->sequel = SEQUEL_NONE;
        return;
    }
    guest->sequel = sequel;
    if (guest->child_pid) { /* guest_built() comes first */
        guest->is_destroyed = true;
        return;
    }
    if (!guest->ended)
        guest->ended = time(NULL);
    if (guest->built.domid == DOMID_INVALID) { /* it never came to be */
        remember(guest);
        return;
    }
    guest->phase = GUEST_ENDING;
    if (domctl_pause(guests_control(), guest->built.domid))
        log_debug("domain %u cannot be paused", guest->built.domid);
    note_end(guest);
    for (size_t i = 0; i < guest->device_count; i++)
        device_remove(guest->devices[i], true, 0);
    guest_changed(guest);
    guest_devices_changed(guest);
}

/* ---- its devices ---- */

void guest_devices_changed(struct guest *guest)
{
    struct device *failed;

    if (guest->phase == GUEST_STARTING && guest_devices_settled(guest, &failed)) {
        if (failed)
            give_up(guest, &failed->error);
        else
            go(guest);
        return;
    }
    if (guest->phase != GUEST_STARTING)
        guest_drop_gone_devices(guest);
    if (guest->phase == GUEST_ENDING && !guest->device_count)
        destroy_domain(guest);
    else
        guest_changed(guest);
}

/* ---- news of the domain ---- */

static enum domain_action action_for(const struct guest *guest)
{
    switch (guest->end_reason) {
    case SHUTDOWN_poweroff:
        return guest->config.on_poweroff;
    case SHUTDOWN_reboot:
        return guest->config.on_reboot;
    case SHUTDOWN_suspend:
        return ACTION_PRESERVE;
    default:
        return guest->config.on_crash;
    }
}

/* The old one is preserved under another name and uuid, and a new one takes its place. */
static void rename_and_restart(struct guest *guest)
{
    json_t *json = domain_config_to_json(&guest->config);
    struct domain_config *config = &guest->config;
    char name[DOMAIN_NAME_BYTES];
    struct error error;

    guest->phase = GUEST_ENDED;
    note_end(guest);
    guest_journal_remove(guest);
    for (unsigned i = 1; i == 1 || guest_by_name(name); i++)
        snprintf(name, sizeof(name), "%.50s-%u", config->name, i);
    memcpy(config->name, name, sizeof(config->name));
    if (getrandom(config->uuid, sizeof(config->uuid), 0) != (ssize_t)sizeof(config->uuid) ||
        guest_write_name(guest, &error) || guest_journal_write(guest, &error))
        log_warning("%s: not all of it could be renamed", name);
    for (size_t i = 0; i < guest->device_count; i++)
        device_remove(guest->devices[i], true, 0);
    restart(guest, json);
}

/*
 * A guest that crashes as soon as it has started would do nothing else for ever. The times of the
 * last crashes go from each guest to the one that takes its place.
 */
static bool crashes_too_often(struct guest *guest)
{
    time_t now = time(NULL), oldest = guest->crashes[CRASHES_MAX - 1];

    memmove(guest->crashes + 1, guest->crashes, sizeof(guest->crashes) - sizeof(time_t));
    guest->crashes[0] = now;
    if (!oldest || now - oldest > CRASHES_WITHIN_S)
        return false;
    error_set(&guest->error, ERROR_GUEST, "PV-E1110",
              "%s crashed %u times within %d s and is not started again", guest->config.name,
              CRASHES_MAX + 1, CRASHES_WITHIN_S);
    error_hint(&guest->error, "its console's last lines say why: pvctl logs %s",
               guest->config.name);
    log_error("%s", guest->error.message);
    guest_event(guest, "failed", "%s", guest->error.message);
    return true;
}

static bool has_crashed(const struct guest *guest)
{
    return guest->end_reason == SHUTDOWN_crash || guest->end_reason == SHUTDOWN_watchdog;
}

static bool starts_again(enum domain_action action)
{
    return action == ACTION_RESTART || action == ACTION_COREDUMP_RESTART ||
           action == ACTION_RENAME_RESTART;
}

static void act(struct guest *guest)
{
    enum domain_action action = action_for(guest);

    if (has_crashed(guest) && starts_again(action) && crashes_too_often(guest))
        action = ACTION_DESTROY;
    switch (action) {
    case ACTION_RESTART:
    case ACTION_COREDUMP_RESTART:
        guest_end(guest, SEQUEL_RESTART);
        break;
    case ACTION_PRESERVE:
        guest->phase = GUEST_ENDED;
        note_end(guest);
        break;
    case ACTION_RENAME_RESTART:
        rename_and_restart(guest);
        break;
    case ACTION_DESTROY:
    case ACTION_COREDUMP_DESTROY:
    default:
        guest_end(guest, SEQUEL_NONE);
        break;
    }
}

static int reason_of(uint32_t flags)
{
    uint32_t reason = flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask;

    return reason <= SHUTDOWN_MAX ? (int)reason : SHUTDOWN_crash;
}

void guest_look(struct guest *guest)
{
    struct xen_domctl_getdomaininfo info;
    int result;

    if (guest->phase == GUEST_ENDING) {
        look_if_gone(guest);
        return;
    }
    if (guest->phase != GUEST_ALIVE)
        return;
    result = domctl_info(guests_control(), guest->built.domid, &info);
    if (!result && !(info.flags & (XEN_DOMINF_shutdown | XEN_DOMINF_dying)))
        return;
    guest->ended = time(NULL);
    guest->end_reason =
        !result && info.flags & XEN_DOMINF_shutdown ? reason_of(info.flags) : SHUTDOWN_crash;
    if (!result)
        guest->cpu_time_ns = info.cpu_time;
    log_info("%s: domain %u %s", guest->config.name, guest->built.domid,
             reason_names[guest->end_reason]);
    guest_event(guest, has_crashed(guest) ? "crashed" : "shutdown", "%s",
                reason_names[guest->end_reason]);
    store_domain_changed(guest->pvd->store, guest->built.domid);
    guest_changed(guest);
    act(guest);
}

/* ---- after a restart of the daemon ---- */

void guest_resume(struct guest *guest)
{
    struct xen_domctl_getdomaininfo info;
    struct error error;
    int result = domctl_info(guests_control(), guest->built.domid, &info);

    guest_adopt_devices(guest);
    if (result || memcmp(info.handle, guest->handle, sizeof(info.handle)) ||
        guest->phase == GUEST_STARTING) {
        log_warning("%s: the domain is gone, or was never finished", guest->config.name);
        guest->phase = GUEST_ALIVE;
        guest_end(guest, SEQUEL_NONE);
        return;
    }
    if (guest_console_start(guest, &error))
        log_warning("%s: %s", guest->config.name, error.message);
    /* The daemon may have died between what it wrote and what it did. */
    if (guest->phase == GUEST_ALIVE && !guest->is_paused && info.flags & XEN_DOMINF_paused &&
        domctl_unpause(guests_control(), guest->built.domid))
        log_warning("%s: cannot be unpaused", guest->config.name);
    log_info("%s: domain %u goes on", guest->config.name, guest->built.domid);
    guest_look(guest);
}
