/* SPDX-License-Identifier: MIT */
/*
 * The registry of device memory.
 *
 * Everything that is no RAM by the firmware's map is device memory, and so is the whole first
 * MiB. The control domain may map all of it but what is registered here as forbidden;
 * other domains only what they were permitted. RAM above the first MiB is never device
 * memory, even where the frame table does not know it (the hypervisor's image).
 *
 * Written at boot only, by one CPU, before a domain exists: no lock.
 */
#include "pvmmu/mmio.h"

#include "console/panic.h"
#include "domain/domain.h"
#include "lib/assert.h"
#include "mm/m2p.h"
#include "mm/ram.h"
#include "pvmmu/entry_rules.h"
#include "pvmmu/pvmmu.h"

#define REGISTRY_MAX     256u
#define FIRST_MIB_FRAMES 0x100u

static struct {
    uint64_t first, last;
    enum mmio_access access;
} registry[REGISTRY_MAX];
static unsigned registered;
static bool is_complete;

bool (*mmio_permitted)(const struct domain *d, mfn_t frame);

struct domain mmu_io_domain = { .id = DOMID_IO, .name = "io" };
struct domain mmu_xen_domain = { .id = DOMID_XEN, .name = "xen" };

static void register_range(mfn_t first, mfn_t last, enum mmio_access access)
{
    MUST(!is_complete);
    if (registered == REGISTRY_MAX)
        panic("more than %u ranges of device memory to guard", REGISTRY_MAX);
    registry[registered].first = first.number;
    registry[registered].last = last.number;
    registry[registered].access = access;
    registered++;
}

void mmio_forbid(mfn_t first, mfn_t last)
{
    register_range(first, last, MMIO_NONE);
}

void mmio_read_only(mfn_t first, mfn_t last)
{
    register_range(first, last, MMIO_READABLE);
}

void pvmmu_start(void)
{
    is_complete = true;
}

/* The strictest of what is registered for the frame. */
static enum mmio_access registered_access(uint64_t number)
{
    enum mmio_access access = MMIO_WRITABLE;

    for (unsigned i = 0; i < registered; i++) {
        if (number >= registry[i].first && number <= registry[i].last &&
            registry[i].access < access)
            access = registry[i].access;
    }
    return access;
}

/* What the hypervisor shows to the privileged: the M2P, which lies in pieces of 2 MiB. */
static bool is_m2p_page(mfn_t frame)
{
    const uint64_t piece = L2_PAGE_SIZE >> PAGE_SHIFT, entries = L2_PAGE_SIZE / sizeof(uint64_t);

    for (uint64_t index = 0; index < frame_count; index += entries) {
        mfn_t first = m2p_backing(mfn(index));

        if (!mfn_equal(first, MFN_INVALID) && frame.number - first.number < piece)
            return true;
    }
    return false;
}

enum mmio_access mmio_access(const struct domain *d, const struct domain *named, mfn_t frame)
{
    if (named == &mmu_xen_domain)
        return d->is_control && is_m2p_page(frame) ? MMIO_READABLE : MMIO_NONE;
    if (!is_complete || frame.number >= entry_mfn_limit())
        return MMIO_NONE;
    if (frame.number >= FIRST_MIB_FRAMES && ram_contains(frame))
        return MMIO_NONE;
    if (!d->is_control && !(mmio_permitted && mmio_permitted(d, frame)))
        return MMIO_NONE;
    return registered_access(frame.number);
}
