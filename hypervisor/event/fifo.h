/* SPDX-License-Identifier: MIT */
/*
 * The FIFO ABI: a word for each port in pages of the guest, and for each vCPU and priority a
 * queue that is linked through those words. The guest can write all of it, so nothing read
 * there is believed; what the hypervisor must remember is in its own memory.
 */
#ifndef PARAPET_EVENT_FIFO_H
#define PARAPET_EVENT_FIFO_H

#include <stdbool.h>
#include <stdint.h>

#include "event/evtchn.h"

/* fifo_init - once, before the first domain: registers with pvmmu_check(). */
void fifo_init(void);

/*
 * fifo_init_control - vCPU @v of the caller's domain has its control block at @offset of frame
 * @number; the first one switches the domain to the FIFO ABI. 0, -EINVAL or -ENOMEM.
 */
MUST_CHECK int fifo_init_control(struct vcpu *v, mfn_t number, uint32_t offset);

/* fifo_expand - one more page of event words. 0, -EINVAL, -ENOSPC. */
MUST_CHECK int fifo_expand(struct domain *d, mfn_t number);

/* fifo_destroy - back to the 2-level ABI. No port is bound, the lock is held. */
void fifo_destroy(struct domain *d);

/* As in pending.h, for a domain that uses this ABI. */
void fifo_set_pending(struct domain *d, struct evtchn_fifo *fifo, struct evtchn *channel);
void fifo_unmask(struct domain *d, struct evtchn_fifo *fifo, struct evtchn *channel);
void fifo_clear_pending(struct evtchn_fifo *fifo, struct evtchn *channel);
bool fifo_is_pending(const struct evtchn_fifo *fifo, const struct evtchn *channel);

#endif
