/* SPDX-License-Identifier: MIT */
/*
 * A guest: what it is to be, what it is now, and everything the daemon holds for it.
 *
 *   BUILDING  a child process makes the domain
 *   STARTING  the domain is there, paused; its devices come
 *   ALIVE     unpaused at least once, or left paused as asked for
 *   ENDED     it shut down or crashed, and is preserved
 *   ENDING    devices, domain and nodes are taken away
 *   GONE      only what is remembered of it is left
 *
 * From STARTING to ENDING there is a file of it under the run folder, from which a new daemon goes
 * on. Functions whose end comes later tell waiters by guest_changed().
 */
#ifndef PARAPET_TOOLSTACK_PVD_GUEST_H
#define PARAPET_TOOLSTACK_PVD_GUEST_H

#include <time.h>

#include "builder/builder.h"
#include "config/domain_config.h"
#include "console/console.h"
#include "control/domctl.h"
#include "device/device.h"
#include "hypercall-abi/sched.h"
#include "hypercall-abi/xen.h"
#include "pvd/request.h"

#define GUEST_DEVICES_MAX (DOMAIN_DISKS_MAX + DOMAIN_NICS_MAX)
#define GUESTS_GONE_MAX   32u
#define REASON_NONE       (-1)

enum guest_phase {
    GUEST_BUILDING,
    GUEST_STARTING,
    GUEST_ALIVE,
    GUEST_ENDED,
    GUEST_ENDING,
    GUEST_GONE,
};

/* Crashes of a guest that starts again by itself; more than these in ten minutes are too many. */
#define CRASHES_MAX      5u
#define CRASHES_WITHIN_S 600

/* What comes when it is gone. */
enum guest_sequel { SEQUEL_NONE, SEQUEL_RESTART };

struct guest {
    struct pvd *pvd;
    struct list link;
    enum guest_phase phase;
    struct domain_config config;
    struct built_domain built;  /* domid, ports */
    xen_domain_handle_t handle; /* of the domain: the uuid it was made with */
    time_t created;
    time_t ended;
    bool is_paused; /* by the user, or since it was made */
    bool was_made_paused;
    bool is_destroyed; /* by the user */
    int end_reason;    /* SHUTDOWN_*, or REASON_NONE */
    enum guest_sequel sequel;
    time_t crashes[CRASHES_MAX]; /* of it and those it followed, the latest first; 0: none */
    struct error error;          /* why it could not be made; class ERROR_NONE: it could */
    uint64_t cpu_time_ns;        /* when it was last asked */
    uint32_t log_index;          /* of the hypervisor's log, when it was made */

    struct console *console;
    struct xencons_interface *console_page; /* NULL: not mapped */
    int console_port;                       /* of ours; negative: none */

    struct device *devices[GUEST_DEVICES_MAX];
    size_t device_count;
    uint32_t nic_index[DOMAIN_NICS_MAX]; /* of config.nics, in their order */

    struct list waiters;
    struct list sessions; /* requests that read the console */
    struct event_call tell;
    struct event_timer gone_timer;
    unsigned gone_tries;

    int child_pid; /* of the builder */
    struct event_fd child_fd;
};

/* Someone who waits for a change of the guest; it removes itself from the list when it is done. */
struct guest_waiter {
    struct list link;
    struct request *request;
    struct guest *guest;
    void (*check)(struct guest_waiter *waiter);
    bool follows_restart; /* goes on with the guest that takes this one's place */
    struct event_timer timer;
    void *context;
};

/* ---- guests.c: all of them ---- */

struct control *guests_control(void);
int guests_evtchn(void);
int guests_gntdev(void);
struct list *guests_all(void);
struct list *guests_gone(void);
/* The boot's last known log position and others are kept by whoever asks. */

/* By name, domid, or the first 8 digits or more of its uuid; NULL with @error filled in. */
struct guest *guest_find(const char *text, struct error *error);
/* The same, and else the last one gone of that name. */
struct guest *guest_find_or_gone(const char *text, struct error *error);
/* For a request's argument "domain". */
struct guest *guest_of_request(const struct request *request, struct error *error);
struct guest *guest_by_name(const char *name);

/* ---- guest_life.c ---- */

/* Takes what @config holds. The guest is built from now on; NULL if it cannot be tried. */
struct guest *guest_create(struct pvd *pvd, struct domain_config *config, bool paused,
                           struct error *error);
/* Everything that can be checked before; changes nothing. */
MUST_CHECK int guest_check_config(const struct domain_config *config, struct error *error);

/* To end it, whatever it does. */
void guest_end(struct guest *guest, enum guest_sequel sequel);
/* The domain shut down or died: look, and do what its configuration says. */
void guest_look(struct guest *guest);
/* Of a restarted daemon: a guest as its file describes it. */
void guest_resume(struct guest *guest);
struct guest *guest_new(struct pvd *pvd, struct domain_config *config);
/* Forget one that is gone. */
void guest_free(struct guest *guest);

/* Tell the waiters, soon. */
void guest_changed(struct guest *guest);
void guest_add_waiter(struct guest *guest, struct guest_waiter *waiter);

/* ---- guest_build.c: in a child process, so that nobody waits ---- */

MUST_CHECK int guest_build_start(struct guest *guest, struct error *error);
void guest_built(struct guest *guest); /* guest_life.c: called when it is done, error or not */

/* ---- guest_nodes.c ---- */

MUST_CHECK int guest_write_nodes(struct guest *guest, struct error *error);
void guest_remove_nodes(struct guest *guest);
char *guest_path(const struct guest *guest, const char *below);
MUST_CHECK int guest_write_name(struct guest *guest, struct error *error);

/* ---- guest_console.c ---- */

MUST_CHECK int guest_console_start(struct guest *guest, struct error *error);
void guest_console_stop(struct guest *guest);
/* Port @port of ours is pending: true if it is this guest's console. */
bool guest_console_event(struct guest *guest, int port);

/* ---- request_console.c ---- */

void guest_serve_sessions(struct guest *guest);

/* ---- guest_devices.c ---- */

MUST_CHECK int guest_attach_devices(struct guest *guest, struct error *error);
void guest_adopt_devices(struct guest *guest);
/* The domain that serves a device; NULL: the control domain. */
MUST_CHECK int guest_find_backend(const char *name, domid_t *domid, struct error *error);
struct device *guest_attach_disk(struct guest *guest, const struct disk_config *config,
                                 struct error *error);
struct device *guest_attach_nic(struct guest *guest, uint32_t index,
                                const struct nic_config *config, struct error *error);
/* The configuration without this device. */
void guest_forget_device(struct guest *guest, const struct device *device);
/* Those that are gone; of a guest that lives, its configuration too. */
void guest_drop_gone_devices(struct guest *guest);
/* No device is starting any more; *@failed is one that failed, or NULL. */
bool guest_devices_settled(const struct guest *guest, struct device **failed);
void guest_devices_changed(struct guest *guest); /* guest_life.c */

/* ---- guest_journal.c ---- */

MUST_CHECK int guest_journal_write(const struct guest *guest, struct error *error);
void guest_journal_remove(const struct guest *guest);
void guest_journal_read_all(struct pvd *pvd);

/* ---- guest_state.c: what is said of it ---- */

struct guest_view {
    const char *state;  /* building running blocked paused shutdown crashed dying gone */
    const char *reason; /* of requests.def */
    struct xen_domctl_getdomaininfo info;
};
void guest_view(struct guest *guest, struct guest_view *view);
json_t *guest_to_json(struct guest *guest);
/* Its domain's id, or null while there is none. */
json_t *guest_domid_to_json(const struct guest *guest);
void time_to_text(time_t when, char text[32]);

/* ---- request_resources.c ---- */

/* offline running blocked ready */
const char *vcpu_state(const struct xen_domctl_getvcpuinfo *info);

/* ---- request_look.c ---- */

/* The control domain, as guest_to_json() describes others; it is no guest of ours. NULL: refused. */
json_t *control_domain_to_json(void);
uint64_t uptime_ns(void); /* of the host */

/* ---- request_events.c ---- */

/*
 * Tells who follows: created started paused unpaused renamed changed shutdown crashed failed gone
 * device-attached device-detached.
 */
void guest_event(const struct guest *guest, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
