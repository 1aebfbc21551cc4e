/* SPDX-License-Identifier: MIT */
/* In place of arch/cpu_features.c: a CPU that can do nothing special, unless the test says so. */
#include "arch/cpu_features.h"

struct cpu_features cpu_features = { .physical_address_bits = 40, .virtual_address_bits = 48 };
bool smap_active;
