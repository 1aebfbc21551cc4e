/* SPDX-License-Identifier: MIT */
/*
 * Descriptor pages: every descriptor in one is checked when the page gets its type and when it is
 * written by update_descriptor; nothing else can write the page (SDM volume 3A, 3.4.5 and 3.5).
 *
 * Code and data segments are the guest's business, at privilege level 3: a base or limit is no
 * danger, since the hypervisor is out of reach by paging. System descriptors are refused: a
 * guest has no use for a TSS or an LDT of its own, and a call gate would be a way into ring 0.
 * (Type 0 cannot be loaded, so it may stand: guests clear entries partly.)
 */
#include "pvmmu/descriptor_rules.h"

#include "domain/domain.h"
#include "lib/barrier.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "pvmmu/frame_type.h"
#include "pvmmu/pvmmu.h"
#include "pvmmu/validate.h"

#define DESCRIPTOR_TYPE    (0xfUL << 40)
#define DESCRIPTOR_SEGMENT BIT(44) /* S: code or data */
#define DESCRIPTOR_LEVEL   (3UL << 45)
#define DESCRIPTOR_PRESENT BIT(47)

#define DESCRIPTORS_PER_PAGE (PAGE_SIZE / sizeof(uint64_t))

int descriptor_check(uint64_t *descriptor)
{
    uint64_t value = *descriptor;

    if (!(value & DESCRIPTOR_PRESENT))
        return 0;
    if (value & DESCRIPTOR_SEGMENT) {
        *descriptor = value | DESCRIPTOR_LEVEL;
        return 0;
    }
    if (!(value & DESCRIPTOR_TYPE))
        return 0;
    return refuse(-EINVAL, "system descriptor %#lx", value);
}

int validate_segdesc(struct frame *frame)
{
    uint64_t *descriptors = frame_table_entries(frame);

    for (unsigned i = 0; i < DESCRIPTORS_PER_PAGE; i++) {
        uint64_t found = READ_ONCE(descriptors[i]);
        uint64_t value = found;
        int error = descriptor_check(&value);

        if (error)
            return error;
        if (value != found)
            WRITE_ONCE(descriptors[i], value);
    }
    return 0;
}

int descriptors_update(struct vcpu *caller, uint64_t address, uint64_t descriptor)
{
    struct frame *frame = frame_lookup(maddr_to_mfn(maddr(address)));
    uint64_t *slot;
    int error;

    if (!is_aligned(address, sizeof(*slot)) || !frame)
        return refuse(-EINVAL, "no descriptor can be at %#lx", address);
    error = descriptor_check(&descriptor);
    if (error)
        return error;

    error = frame_get_and_type(frame, caller->domain,
                               frame_type_of(frame) == FRAME_TYPE_SEGDESC ? FRAME_TYPE_SEGDESC
                                                                          : FRAME_TYPE_WRITABLE);
    if (error)
        return -EINVAL;
    slot = maddr_to_virt(maddr(address));
    WRITE_ONCE(*slot, descriptor);
    frame_put_and_type(frame);
    return 0;
}
