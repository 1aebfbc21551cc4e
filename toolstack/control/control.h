/* SPDX-License-Identifier: MIT */
/*
 * The hypervisor, as a program of the control domain reaches it.
 *
 * A table of functions stands between, so that builder and life cycle run against a fake on the
 * host. What the hypervisor reads and writes lies in `area`, memory that is always present: a
 * hypercall never waits for a page of ours. Calls are not nested and come from one thread.
 *
 * Functions answer 0 or a negative errno unless they say otherwise.
 */
#ifndef PARAPET_TOOLSTACK_CONTROL_CONTROL_H
#define PARAPET_TOOLSTACK_CONTROL_CONTROL_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "hypercall-abi/types.h"

#define CONTROL_PAGE_BYTES 4096u
/* The area: first the argument structure of the call, then room for what it points to. */
#define CONTROL_ARGUMENT_BYTES 4096u
#define CONTROL_ROOM_BYTES     (28u * 4096u)
#define CONTROL_AREA_BYTES     (CONTROL_ARGUMENT_BYTES + CONTROL_ROOM_BYTES)

struct control;

struct control_ops {
    /* A hypercall: its result, or a negative errno. */
    long (*call)(struct control *control, unsigned number, const uint64_t arguments[5]);
    /* Map frames of a domain, readable and writable. */
    int (*map_frames)(struct control *control, domid_t domid, const uint64_t *mfns, size_t count,
                      void **mapping);
    /* Map frames [first, first + count) of a resource (XENMEM_resource_*). */
    int (*map_resource)(struct control *control, domid_t domid, uint32_t type, uint32_t id,
                        uint32_t first, size_t count, void **mapping);
    void (*unmap)(struct control *control, void *mapping, size_t pages);
    void (*close)(struct control *control);
};

struct control {
    const struct control_ops *ops;
    uint8_t *area; /* CONTROL_AREA_BYTES, page aligned */
};

/* control_open - the real one, through /dev/xen/privcmd. End it by control_close(). */
MUST_CHECK int control_open(struct control **control, struct error *error);

static inline void control_close(struct control *control)
{
    control->ops->close(control);
}

/* Where lists of a call go; as an address that the hypervisor understands, control_room_address. */
static inline void *control_room(struct control *control)
{
    return control->area + CONTROL_ARGUMENT_BYTES;
}

static inline uint64_t control_room_address(struct control *control)
{
    return (uint64_t)(uintptr_t)control_room(control);
}

/*
 * control_call - a hypercall whose argument structure is copied to the area and back. The result,
 * or a negative errno.
 */
long control_call(struct control *control, unsigned number, unsigned command, void *argument,
                  size_t bytes);

MUST_CHECK int control_map(struct control *control, domid_t domid, const uint64_t *mfns,
                           size_t count, void **mapping);
void control_unmap(struct control *control, void *mapping, size_t pages);

#endif
