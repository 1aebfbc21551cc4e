/* SPDX-License-Identifier: MIT */
/* Which machine frames that are no RAM a domain may map. The registry's interface: pvmmu.h. */
#ifndef PARAPET_PVMMU_MMIO_H
#define PARAPET_PVMMU_MMIO_H

#include "mm/address.h"

struct domain;

enum mmio_access {
    MMIO_NONE,
    MMIO_READABLE,
    MMIO_WRITABLE,
};

/* For @d, which said that the frame is @named's. @frame is none that frame_lookup() finds. */
enum mmio_access mmio_access(const struct domain *d, const struct domain *named, mfn_t frame);

#endif
