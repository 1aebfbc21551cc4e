/* SPDX-License-Identifier: MIT */
/* What the kinds of devices share; internal to the folder. */
#ifndef PARAPET_TOOLSTACK_DEVICE_DEVICE_INTERNAL_H
#define PARAPET_TOOLSTACK_DEVICE_DEVICE_INTERNAL_H

#include "device/device.h"

/* A device without nodes. */
struct device *device_new(const struct device_place *place, const struct device_kind *kind,
                          uint32_t number);

/* The nodes that every device has, in @transaction; the kind's own are written beside them. */
MUST_CHECK int device_write_nodes(struct device *device, struct store_transaction *transaction);
MUST_CHECK int device_write_backend(const struct device *device,
                                    struct store_transaction *transaction, const char *name,
                                    const char *value);
MUST_CHECK int device_write_frontend(const struct device *device,
                                     struct store_transaction *transaction, const char *name,
                                     const char *value);

/* From now on the backend's state is watched; its driver must come within a time. */
void device_watch(struct device *device);

void device_is_ready(struct device *device);
void device_failed(struct device *device);

#endif
