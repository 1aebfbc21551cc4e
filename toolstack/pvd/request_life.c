/* SPDX-License-Identifier: MIT */
/* Requests that make guests and end them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "common/text.h"
#include "config/values.h"
#include "pvd/guest.h"
#include "pvd/waiter.h"

static json_t *identity(const struct guest *guest)
{
    char uuid[UUID_TEXT_BYTES];

    uuid_format(guest->config.uuid, uuid);
    return json_pack("{s:i, s:s, s:s}", "domid", (int)guest->built.domid, "name",
                     guest->config.name, "uuid", uuid);
}

/* ---- create ---- */

static void check_created(struct guest_waiter *waiter)
{
    struct guest *guest = waiter->guest;

    if (guest->phase == GUEST_ALIVE || guest->phase == GUEST_ENDED ||
        (guest->phase >= GUEST_ENDING && guest->error.class == ERROR_NONE))
        waiter_answer(waiter, identity(guest));
    else if (guest->phase == GUEST_GONE)
        waiter_fail(waiter, &guest->error);
}

/* What is wrong with the configuration on this host: the first thing, or nothing. */
static json_t *problems_of(const struct domain_config *config)
{
    json_t *problems = json_array();
    struct error error;

    if (guest_check_config(config, &error))
        json_array_append_new(problems, request_error_to_json(&error));
    return json_pack("{s:o}", "problems", problems);
}

void request_create(struct request *request)
{
    struct domain_config config;
    struct guest *guest;
    struct error error;

    if (domain_config_from_json(json_object_get(request->arguments, "config"), &config, &error)) {
        request_fail(request, &error);
        return;
    }
    if (request_flag(request, "dry_run")) {
        request_answer(request, problems_of(&config));
        domain_config_free(&config);
        return;
    }
    guest = guest_create(request->pvd, &config, request_flag(request, "paused"), &error);
    domain_config_free(&config); /* what is left of it */
    if (guest)
        waiter_start(request, guest, check_created, NULL, 0);
    else
        request_fail(request, &error);
}

void request_check(struct request *request)
{
    struct domain_config config;
    struct error error;

    if (domain_config_from_json(json_object_get(request->arguments, "config"), &config, &error)) {
        request_answer(request, json_pack("{s:[o]}", "problems", request_error_to_json(&error)));
        return;
    }
    request_answer(request, problems_of(&config));
    domain_config_free(&config);
}

/* ---- what a living guest is asked to do ---- */

/* One that has a domain and has not ended; NULL, and the request is answered, otherwise. */
static struct guest *living_guest(struct request *request)
{
    struct error error;
    struct guest *guest = guest_of_request(request, &error);

    if (!guest) {
        request_fail(request, &error);
    } else if (guest->phase != GUEST_ALIVE) {
        error_set(&error, ERROR_STATE, "PV-E0605", "%s is %s", guest->config.name,
                  guest->phase < GUEST_ALIVE ? "still being made" : "not running any more");
        request_fail(request, &error);
        guest = NULL;
    }
    return guest;
}

static void ask_guest(struct request *request, const char *word)
{
    struct guest *guest = living_guest(request);
    struct error error;
    char *path;
    int result;

    if (!guest)
        return;
    path = guest_path(guest, "control/shutdown");
    result = store_write(request->pvd->store, NULL, path, word);
    free(path);
    if (guest->is_paused) {
        error_set(&error, ERROR_STATE, "PV-E0606", "%s is paused and cannot answer",
                  guest->config.name);
        error_hint(&error, "pvctl unpause %s, or destroy it", guest->config.name);
        request_fail(request, &error);
    } else if (result) {
        error_set(&error, ERROR_FAILED, "PV-E0151", "%s cannot be asked: %s", guest->config.name,
                  strerror(-result));
        request_fail(request, &error);
    } else {
        request_answer(request, NULL);
    }
}

void request_shutdown(struct request *request)
{
    static const char *const modes[] = { "poweroff", "halt", "suspend", NULL };
    const char *mode;
    struct error error;

    if (!json_object_get(request->arguments, "mode"))
        mode = modes[0];
    else if (request_string(request, "mode", &mode, &error)) {
        request_fail(request, &error);
        return;
    }
    if (word_find(modes, mode) < 0) {
        error_set(&error, ERROR_USAGE, "PV-E0212", "there is no mode \"%s\" of shutdown", mode);
        error_hint(&error, "poweroff, halt or suspend");
        request_fail(request, &error);
        return;
    }
    ask_guest(request, mode);
}

void request_reboot(struct request *request)
{
    ask_guest(request, "reboot");
}

static void check_gone(struct guest_waiter *waiter)
{
    if (waiter->guest->phase == GUEST_GONE)
        waiter_answer(waiter, NULL);
}

void request_destroy(struct request *request)
{
    struct error error;
    struct guest *guest = guest_of_request(request, &error);

    if (!guest) {
        request_fail(request, &error);
        return;
    }
    guest->is_destroyed = true;
    waiter_start(request, guest, check_gone, NULL, 0);
    guest_end(guest, SEQUEL_NONE);
}

static void change_pause(struct request *request, bool pause)
{
    struct guest *guest = living_guest(request);
    struct error error;
    int result;

    if (!guest)
        return;
    if (guest->is_paused == pause) {
        error_set(&error, ERROR_STATE, "PV-E0607", "%s is %s", guest->config.name,
                  pause ? "paused already" : "not paused");
        request_fail(request, &error);
        return;
    }
    result = pause ? domctl_pause(guests_control(), guest->built.domid)
                   : domctl_unpause(guests_control(), guest->built.domid);
    if (result) {
        error_set(&error, ERROR_FAILED, "PV-E0152", "the hypervisor refuses: %s",
                  strerror(-result));
        request_fail(request, &error);
        return;
    }
    guest->is_paused = pause;
    guest->was_made_paused = false;
    guest_event(guest, pause ? "paused" : "unpaused", "%s", "");
    guest_changed(guest);
    if (guest_journal_write(guest, &error))
        request_fail(request, &error);
    else
        request_answer(request, NULL);
}

void request_pause(struct request *request)
{
    change_pause(request, true);
}

void request_unpause(struct request *request)
{
    change_pause(request, false);
}

void request_rename(struct request *request)
{
    struct error error;
    struct guest *guest = guest_of_request(request, &error);
    const char *name;

    if (!guest || request_string(request, "name", &name, &error)) {
        request_fail(request, &error);
        return;
    }
    if (guest_by_name(name))
        error_set(&error, ERROR_STATE, "PV-E0602", "there is a domain %s already", name);
    else if (!domain_name_is_valid(name))
        error_set(&error, ERROR_INPUT, "PV-E0351", "a domain cannot have the name \"%s\"", name);
    else if (guest->phase != GUEST_ALIVE && guest->phase != GUEST_ENDED)
        error_set(&error, ERROR_STATE, "PV-E0605", "%s is being made, or is going",
                  guest->config.name);
    else
        error.class = ERROR_NONE;
    if (error.class == ERROR_NONE) {
        guest_event(guest, "renamed", "%s", name);
        guest_journal_remove(guest);
        TEXT_SET(guest->config.name, name); /* its length is valid */
        if (!guest_write_name(guest, &error) && !guest_journal_write(guest, &error)) {
            request_answer(request, NULL);
            return;
        }
    }
    request_fail(request, &error);
}

/* ---- wait ---- */

static const char *const wait_states[] = {
    "running", "paused", "shutdown", "crashed", "gone", NULL
};

static json_t *state_and_reason(struct guest *guest, const char *state)
{
    struct guest_view view;

    guest_view(guest, &view);
    return json_pack("{s:s, s:s}", "state", state, "reason", view.reason);
}

static bool is_in_state(struct guest *guest, const char *wanted)
{
    struct guest_view view;
    bool has_crashed =
        guest->end_reason == SHUTDOWN_crash || guest->end_reason == SHUTDOWN_watchdog;

    if (!strcmp(wanted, "gone"))
        return guest->phase == GUEST_GONE;
    if (!strcmp(wanted, "crashed"))
        return has_crashed;
    if (!strcmp(wanted, "shutdown"))
        return guest->end_reason != REASON_NONE && !has_crashed;
    guest_view(guest, &view);
    if (guest->phase != GUEST_ALIVE)
        return false;
    return !strcmp(wanted, "paused") ? !strcmp(view.state, "paused")
                                     : guest->end_reason == REASON_NONE && !guest->is_paused;
}

static void check_state(struct guest_waiter *waiter)
{
    struct guest *guest = waiter->guest;
    const char *wanted = waiter->context;
    struct error error;

    if (is_in_state(guest, wanted)) {
        waiter_answer(waiter, state_and_reason(guest, wanted));
    } else if (guest->phase == GUEST_GONE) {
        error_set(&error, ERROR_GUEST, "PV-E1108", "%s is gone and was never \"%s\"",
                  guest->config.name, wanted);
        waiter_fail(waiter, &error);
    }
}

void request_wait(struct request *request)
{
    const char *name, *state;
    struct error error;
    struct guest *guest;
    int index;

    if (request_string(request, "domain", &name, &error) ||
        request_string(request, "state", &state, &error)) {
        request_fail(request, &error);
        return;
    }
    index = word_find(wait_states, state);
    guest = guest_find_or_gone(name, &error);
    if (index < 0) {
        error_set(&error, ERROR_USAGE, "PV-E0213", "there is no state \"%s\" to wait for", state);
        error_hint(&error, "running, paused, shutdown, crashed or gone");
        request_fail(request, &error);
    } else if (guest) {
        waiter_start(request, guest, check_state, (void *)(uintptr_t)wait_states[index],
                     request_number_or(request, "timeout_ns", 0))
            ->follows_restart = strcmp(state, "gone") != 0;
    } else if (!strcmp(state, "gone")) {
        request_answer(request, json_pack("{s:s, s:s}", "state", "gone", "reason", ""));
    } else {
        request_fail(request, &error);
    }
}
