/* SPDX-License-Identifier: MIT */
/*
 * The range check, and SMAP's brackets where it is on. Ranges in the hole are the hypervisor's
 * own, so the check is what keeps a guest from having them read or written.
 */
#include "mm/guest_access.h"

#include "arch/cpu_features.h"
#include "arch/x86.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/address.h"
#include "mm/guest_copy.h"

static inline void access_begin(void)
{
    if (unlikely(smap_active))
        stac();
}

static inline void access_end(void)
{
    if (unlikely(smap_active))
        clac();
}

_Static_assert(HOLE_END - HOLE_START == 1UL << HOLE_SHIFT, "what clamp() takes it for");

/* What is read must not be ours either where the CPU speculates past the range check. A range that
 * begins below the hole would have to go through non-canonical addresses first. */
static inline uint64_t clamp(uint64_t guest_address)
{
    return address_clamp_outside(guest_address, HOLE_START, HOLE_SHIFT);
}

int copy_from_guest(void *to, uint64_t guest_address, size_t bytes)
{
    if (unlikely(!guest_range_ok(guest_address, bytes)))
        return -EFAULT;
    access_begin();
    int faulted = guest_copy(to, (const void *)clamp(guest_address), bytes);
    access_end();
    return unlikely(faulted) ? -EFAULT : 0;
}

int copy_to_guest(uint64_t guest_address, const void *from, size_t bytes)
{
    if (unlikely(!guest_range_ok(guest_address, bytes)))
        return -EFAULT;
    access_begin();
    int faulted = guest_copy((void *)guest_address, from, bytes);
    access_end();
    return unlikely(faulted) ? -EFAULT : 0;
}

int clear_guest(uint64_t guest_address, size_t bytes)
{
    if (unlikely(!guest_range_ok(guest_address, bytes)))
        return -EFAULT;
    access_begin();
    int faulted = guest_clear((void *)guest_address, bytes);
    access_end();
    return unlikely(faulted) ? -EFAULT : 0;
}

int exchange_guest(uint64_t guest_address, uint64_t *expected, uint64_t replacement)
{
    uint64_t found = *expected;

    if (!guest_range_ok(guest_address, 8) || !is_aligned(guest_address, 8))
        return -EFAULT;
    access_begin();
    int faulted = guest_exchange((uint64_t *)clamp(guest_address), &found, replacement);
    access_end();
    if (unlikely(faulted))
        return -EFAULT;
    if (found == *expected)
        return 0;
    *expected = found;
    return -EAGAIN;
}
