/* SPDX-License-Identifier: MIT */
/* Event channels for test guests: ports that are made in one line, and the guest's half of FIFO. */
#ifndef PARAPET_TESTS_GUEST_EVENTS_H
#define PARAPET_TESTS_GUEST_EVENTS_H

#include "guest.h"

/* evtchn(close, &op): an operation on an argument. */
#define evtchn(name, argument) hypercall(event_channel_op, EVTCHNOP_##name, argument)

/* Ports that the test needs; it ends if there is none. */
uint32_t port_unbound(void); /* for the domain itself */
uint32_t port_ipi(uint32_t vcpu);
uint32_t port_virq(uint32_t virq, uint32_t vcpu);
/* Two ports bound to each other; neither is pending. */
void port_pair(uint32_t port[2]);

long port_send(uint32_t port);
long port_close(uint32_t port);
long port_unmask(uint32_t port);
long port_to_vcpu(uint32_t port, uint32_t vcpu);
struct evtchn_status port_status(uint32_t port); /* the call must succeed */

/* ---- FIFO ---- */

#define FIFO_PAGES_MAX 8u

/* The control block of vCPU 0 and the first page of event words, both taken by the hypervisor. */
extern struct evtchn_fifo_control_block *fifo_control;
void fifo_setup(void);
/* One further page of words. */
void fifo_expand(void);
long fifo_init_control(uint32_t vcpu, const void *page, uint32_t offset);

/* The event word of a port. */
volatile event_word_t *fifo_word(uint32_t port);
#define FIFO_PENDING (1u << EVTCHN_FIFO_PENDING)
#define FIFO_MASKED  (1u << EVTCHN_FIFO_MASKED)
#define FIFO_LINKED  (1u << EVTCHN_FIFO_LINKED)
#define FIFO_BUSY    (1u << EVTCHN_FIFO_BUSY)

/* Takes the first port from a queue of a control block as a guest does, and clears its PENDING; 0 if
 * the queue is empty. The ready bit is not looked at. */
uint32_t fifo_take(struct evtchn_fifo_control_block *control, uint32_t priority);

#endif
