/* SPDX-License-Identifier: MIT */
/* Memory of a domain that is being built, and its page tables and ports. */
#ifndef PARAPET_TOOLSTACK_CONTROL_MEMORY_H
#define PARAPET_TOOLSTACK_CONTROL_MEMORY_H

#include "control/control.h"
#include "hypercall-abi/event_channel.h"

/*
 * memory_populate - give the domain cleared frames at pfns [@first, @first + @pages): in large
 * extents where the machine has them, else in pages. @p2m has an entry for each pfn from 0 on.
 * -ENOMEM if the machine, or the domain's limit, has not enough; frames got so far stay.
 */
MUST_CHECK int memory_populate(struct control *control, domid_t domid, uint64_t first,
                               uint64_t pages, uint64_t *p2m);

/* memory_set_map - all memory that the domain may ever have, as one region from 0 on. */
MUST_CHECK int memory_set_map(struct control *control, domid_t domid, uint64_t bytes);

/* memory_pin_l4 - have the hypervisor check and pin a root page table. */
MUST_CHECK int memory_pin_l4(struct control *control, domid_t domid, uint64_t mfn);

/* evtchn_reserve - a new port of @domid that domain @remote may bind. */
MUST_CHECK int evtchn_reserve(struct control *control, domid_t domid, domid_t remote,
                              evtchn_port_t *port);

#endif
