/* SPDX-License-Identifier: MIT */
/*
 * The split devices of guests, from the side that ties backend and frontend together: nodes in the
 * store, what the backend needs of the host (a loop device, a network interface), and the order in
 * which they come and go. The data itself is moved by Linux's xen-blkback and xen-netback.
 *
 * A device is watched through its backend's state. It tells its owner when it is ready or gone by
 * a call from the store's turn, never from within a function of this header.
 */
#ifndef PARAPET_TOOLSTACK_DEVICE_DEVICE_H
#define PARAPET_TOOLSTACK_DEVICE_DEVICE_H

#include "common/event_loop.h"
#include "config/domain_config.h"
#include "hypercall-abi/io/xenbus.h"
#include "hypercall-abi/types.h"
#include "store/store.h"

enum device_phase {
    DEVICE_STARTING, /* the backend's driver has it not yet, or the host's part is missing */
    DEVICE_READY,    /* the frontend can connect */
    DEVICE_CLOSING,  /* device_remove() was called */
    DEVICE_GONE,     /* nodes and the host's part are gone: free it */
    DEVICE_FAILED,   /* error says why; to be removed */
};

struct device;
struct program;

struct device_kind {
    const char *name; /* in the store: vbd, vif */
    /* The backend's driver has the device: do the host's part, then device_is_ready(). */
    void (*backend_waits)(struct device *device);
    void (*is_plugged)(struct device *device); /* its script has done the host's part */
    void (*release)(struct device *device);    /* the host's part goes; the nodes are gone */
};

struct device {
    const struct device_kind *kind;
    uintptr_t serial; /* no other has or had it */
    struct store *store;
    struct event_loop *loop;
    domid_t domid;
    domid_t backend_domid;
    uint32_t number; /* in the store: vdev of a disk, index of a NIC */
    enum device_phase phase;
    struct error error;
    bool is_refused;  /* of DEVICE_CLOSING: the guest did not let go in time; it still may */
    bool is_forced;   /* without the guest's consent */
    bool is_released; /* the backend has closed it */
    bool is_overdue;  /* the kernel does not let go either */
    bool uses_nat;    /* of a NIC */
    void (*changed)(void *context, struct device *device);
    void *context;

    struct store_watch *watch;
    struct event_timer timer; /* for the phase */
    struct event_timer retry; /* the kind's own */
    struct program *program;  /* the hot-plug script that runs */
    struct disk_config disk;  /* of its kind, a copy */
    struct nic_config nic;
    int backing_fd;        /* of a disk */
    unsigned major, minor; /* of a disk's block device */
};

struct device_place {
    struct store *store;
    struct event_loop *loop;
    domid_t domid;
    domid_t backend_domid; /* who serves it; not used by those that adopt */
    void (*changed)(void *context, struct device *device);
    void *context;
};

/* disk_attach, nic_attach - NULL with @error filled in, and nothing left behind. */
struct device *disk_attach(const struct device_place *place, const struct disk_config *config,
                           struct error *error);
struct device *nic_attach(const struct device_place *place, uint32_t index,
                          const struct nic_config *config, struct error *error);

/* disk_adopt, nic_adopt - the device is there since before the daemon was started again. */
struct device *disk_adopt(const struct device_place *place, const struct disk_config *config);
struct device *nic_adopt(const struct device_place *place, uint32_t index,
                         const struct nic_config *config);

/* disk_check, nic_check - would it work? Changes nothing. */
MUST_CHECK int disk_check(const struct disk_config *config, struct error *error);
MUST_CHECK int nic_check(const struct nic_config *config, struct error *error);

/*
 * device_remove - it becomes DEVICE_GONE when guest and backend have closed it. If the guest does
 * not in time (0: the default), is_refused and error are set; the device goes when it does after all.
 * Calling it again asks again. @force: without the guest's consent, as for one that has ended.
 */
void device_remove(struct device *device, bool force, uint64_t limit_ms);
/* Of one that is gone; or the daemon ends, and it stays as it is. */
void device_free(struct device *device);

enum xenbus_state device_backend_state(const struct device *device);

/* Paths of its ends, to be freed. */
char *device_backend_path(const struct device *device);
char *device_frontend_path(const struct device *device);

/* The interface's name in the control domain. */
void nic_interface_name(const struct device *device, char name[INTERFACE_BYTES]);

#endif
