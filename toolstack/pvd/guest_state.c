/* SPDX-License-Identifier: MIT */
/* What is said of a guest: one state and one reason, from what the daemon and what the hypervisor
 * know. */
#include <string.h>

#include "config/values.h"
#include "pvd/guest.h"

#define PAGE_BYTES 4096u

static const char *const reasons[] = {
    [SHUTDOWN_poweroff] = "poweroff", [SHUTDOWN_reboot] = "reboot",
    [SHUTDOWN_suspend] = "suspend",   [SHUTDOWN_crash] = "crash",
    [SHUTDOWN_watchdog] = "watchdog", [SHUTDOWN_soft_reset] = "soft_reset",
};

void time_to_text(time_t when, char text[32])
{
    struct tm parts;

    strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&when, &parts));
}

static bool has_crashed(const struct guest *guest)
{
    return guest->end_reason == SHUTDOWN_crash || guest->end_reason == SHUTDOWN_watchdog;
}

static const char *state_by_flags(const struct guest *guest, uint32_t flags)
{
    if (guest->end_reason != REASON_NONE)
        return has_crashed(guest) ? "crashed" : "shutdown";
    if (flags & XEN_DOMINF_dying)
        return "dying";
    if (flags & XEN_DOMINF_shutdown)
        return "shutdown";
    if (flags & XEN_DOMINF_paused)
        return "paused";
    return flags & XEN_DOMINF_running ? "running" : "blocked";
}

void guest_view(struct guest *guest, struct guest_view *view)
{
    bool is_there = guest->phase != GUEST_BUILDING && guest->phase != GUEST_GONE;

    memset(view, 0, sizeof(*view));
    view->reason = "";
    if (guest->end_reason != REASON_NONE)
        view->reason = reasons[guest->end_reason];
    else if (guest->is_paused)
        view->reason = guest->was_made_paused ? "create" : "user";
    if (is_there && !domctl_info(guests_control(), guest->built.domid, &view->info))
        guest->cpu_time_ns = view->info.cpu_time;
    if (guest->phase == GUEST_GONE)
        view->state = "gone";
    else if (guest->phase == GUEST_ENDING)
        view->state = "dying";
    else if (!is_there)
        view->state = "building";
    else
        view->state = state_by_flags(guest, view->info.flags);
}

json_t *guest_domid_to_json(const struct guest *guest)
{
    return guest->built.domid == DOMID_INVALID ? json_null() : json_integer(guest->built.domid);
}

json_t *guest_to_json(struct guest *guest)
{
    const struct domain_config *config = &guest->config;
    char uuid[UUID_TEXT_BYTES], created[32];
    struct guest_view view;

    guest_view(guest, &view);
    uuid_format(config->uuid, uuid);
    time_to_text(guest->created, created);
    return json_pack("{s:o, s:s, s:s, s:s, s:s, s:i, s:i, s:I, s:I, s:I, s:i, s:i, s:s}", "domid",
                     guest_domid_to_json(guest), "name", config->name, "uuid", uuid, "state",
                     view.state, "reason", view.reason, "vcpus",
                     view.info.nr_online_vcpus ? (int)view.info.nr_online_vcpus
                                               : (int)config->vcpus,
                     "max_vcpus", (int)config->max_vcpus, "memory_bytes",
                     view.info.tot_pages ? (json_int_t)(view.info.tot_pages * PAGE_BYTES)
                                         : (json_int_t)config->memory_bytes,
                     "max_memory_bytes", (json_int_t)config->max_memory_bytes, "cpu_time_ns",
                     (json_int_t)guest->cpu_time_ns, "weight", (int)config->weight, "cap",
                     (int)config->cap, "created", created);
}
