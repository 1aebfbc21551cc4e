/* SPDX-License-Identifier: MIT */
/* What the kinds of devices share; internal to the folder. */
#ifndef PARAPET_TOOLSTACK_DEVICE_DEVICE_INTERNAL_H
#define PARAPET_TOOLSTACK_DEVICE_DEVICE_INTERNAL_H

#include "device/device.h"

#define DEVICE_SCRIPTS "/etc/pvctl/scripts/" /* those that may run */

/* A device without nodes. */
struct device *device_new(const struct device_place *place, const struct device_kind *kind,
                          uint32_t number);

/* One that has nodes: what they say of it. */
struct device *device_found(const struct device_place *place, const struct device_kind *kind,
                            uint32_t number);

/* Is the host's part done by this control domain? */
bool device_is_here(const struct device *device);

/* The nodes that every device has, in @transaction; the kind's own are written beside them. */
MUST_CHECK int device_write_nodes(struct device *device, struct store_transaction *transaction);
MUST_CHECK int device_write_backend(const struct device *device,
                                    struct store_transaction *transaction, const char *name,
                                    const char *value);
MUST_CHECK int device_write_frontend(const struct device *device,
                                     struct store_transaction *transaction, const char *name,
                                     const char *value);
/* The value of a node of the backend, for free(), or NULL. */
char *device_read_backend(const struct device *device, const char *name);

/* From now on the backend's state is watched; its driver must come within a time. */
void device_watch(struct device *device);

void device_is_ready(struct device *device);
void device_failed(struct device *device);

/* Its script, if it has one, is done with it. */
void device_let_go(struct device *device);

/* ---- script.c ---- */

/* script_check - may it run? */
MUST_CHECK int script_check(const char *path, struct error *error);
const char *device_script(const struct device *device);
/*
 * script_run - @command as xl's hot-plug scripts have it; then is_plugged(), device_failed(), or
 * device_let_go() of a device that is closing.
 */
MUST_CHECK int script_run(struct device *device, const char *command, struct error *error);

#endif
