/* SPDX-License-Identifier: MIT */
#ifndef PARAPET_TOOLSTACK_PVD_DEVICE_FEATURES_H
#define PARAPET_TOOLSTACK_PVD_DEVICE_FEATURES_H

#include <jansson.h>
#include <stdbool.h>

/*
 * device_features_agreed - what the ends of a device agreed on, from the @nodes of both (their names
 * begin with "backend/" and "frontend/"): a new object.
 */
json_t *device_features_agreed(const json_t *nodes, bool is_disk);

#endif
