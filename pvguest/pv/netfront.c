/* SPDX-License-Identifier: MIT */
#include "pv/xenbus.h"

const struct xenbus_driver netfront_driver = { .type = "vif" };
