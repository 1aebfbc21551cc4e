/* SPDX-License-Identifier: MIT */
#include "control/memory.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "hypercall-abi/hypercall_numbers.h"
#include "hypercall-abi/memory.h"
#include "hypercall-abi/xen.h"

#define LARGE_ORDER 9u
#define LARGE_PAGES (1u << LARGE_ORDER)
#define EXTENTS_MAX 4096u /* of one call */

_Static_assert(EXTENTS_MAX * sizeof(xen_pfn_t) <= CONTROL_ROOM_BYTES, "the extents fit");

/* Extents of one order at pfns that follow each other. How many were had, or a negative errno. */
static long populate_extents(struct control *control, domid_t domid, unsigned order, uint64_t first,
                             uint64_t extents, uint64_t *p2m)
{
    struct xen_memory_reservation op = {
        .extent_start = control_room_address(control),
        .nr_extents = extents,
        .extent_order = order,
        .domid = domid,
    };
    xen_pfn_t *frames = control_room(control);
    long done;

    for (uint64_t i = 0; i < extents; i++)
        frames[i] = first + (i << order);
    done = control_call(control, __HYPERVISOR_memory_op, XENMEM_populate_physmap, &op, sizeof(op));
    for (long i = 0; i < done; i++) {
        for (uint64_t page = 0; page < 1u << order; page++)
            p2m[first + ((uint64_t)i << order) + page] = frames[i] + page;
    }
    return done;
}

int memory_populate(struct control *control, domid_t domid, uint64_t first, uint64_t pages,
                    uint64_t *p2m)
{
    uint64_t end = first + pages;
    bool large_are_left = true;

    while (first < end) {
        bool is_large = large_are_left && first % LARGE_PAGES == 0 && end - first >= LARGE_PAGES;
        unsigned order = is_large ? LARGE_ORDER : 0;
        uint64_t wanted = (end - first) >> order;
        long done;

        /* Small extents up to where the next large one could start. */
        if (!is_large && large_are_left && first % LARGE_PAGES &&
            wanted > LARGE_PAGES - first % LARGE_PAGES)
            wanted = LARGE_PAGES - first % LARGE_PAGES;
        if (wanted > EXTENTS_MAX)
            wanted = EXTENTS_MAX;
        done = populate_extents(control, domid, order, first, wanted, p2m);
        if (done < 0)
            return (int)done;
        first += (uint64_t)done << order;
        if ((uint64_t)done < wanted) {
            if (!is_large)
                return -ENOMEM;
            large_are_left = false;
        }
    }
    return 0;
}

int memory_set_map(struct control *control, domid_t domid, uint64_t bytes)
{
    const struct xen_e820_entry all = { .addr = 0, .size = bytes, .type = XEN_E820_RAM };
    struct xen_foreign_memory_map op = {
        .domid = domid, .map = { .nr_entries = 1, .buffer = control_room_address(control) }
    };
    long result;

    memcpy(control_room(control), &all, sizeof(all));
    result = control_call(control, __HYPERVISOR_memory_op, XENMEM_set_memory_map, &op, sizeof(op));
    return result < 0 ? (int)result : 0;
}

int memory_pin_l4(struct control *control, domid_t domid, uint64_t mfn)
{
    const uint64_t arguments[5] = { (uint64_t)(uintptr_t)control->area, 1, 0, domid };
    struct mmuext_op op = { .cmd = MMUEXT_PIN_L4_TABLE, .arg1.mfn = mfn };
    long result;

    memcpy(control->area, &op, sizeof(op));
    result = control->ops->call(control, __HYPERVISOR_mmuext_op, arguments);
    return result < 0 ? (int)result : 0;
}

int evtchn_reserve(struct control *control, domid_t domid, domid_t remote, evtchn_port_t *port)
{
    struct evtchn_alloc_unbound op = { .dom = domid, .remote_dom = remote };
    long result = control_call(control, __HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, &op,
                               sizeof(op));

    *port = op.port;
    return result < 0 ? (int)result : 0;
}
