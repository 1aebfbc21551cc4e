/* SPDX-License-Identifier: MIT */
/*
 * Event channels: event_channel_op(cmd, argument).
 */
#ifndef PARAPET_HYPERCALL_ABI_EVENT_CHANNEL_H
#define PARAPET_HYPERCALL_ABI_EVENT_CHANNEL_H

#include <stdint.h>

#include "hypercall-abi/types.h"

typedef uint32_t evtchn_port_t;

#define EVTCHNOP_bind_interdomain 0
#define EVTCHNOP_bind_virq        1
#define EVTCHNOP_bind_pirq        2
#define EVTCHNOP_close            3
#define EVTCHNOP_send             4
#define EVTCHNOP_status           5
#define EVTCHNOP_alloc_unbound    6
#define EVTCHNOP_bind_ipi         7
#define EVTCHNOP_bind_vcpu        8
#define EVTCHNOP_unmask           9
#define EVTCHNOP_reset            10
#define EVTCHNOP_init_control     11
#define EVTCHNOP_expand_array     12
#define EVTCHNOP_set_priority     13
#define EVTCHNOP_reset_cont       14

struct evtchn_bind_interdomain {
    domid_t remote_dom;
    evtchn_port_t remote_port;
    evtchn_port_t local_port; /* out */
};
_Static_assert(sizeof(struct evtchn_bind_interdomain) == 12, "layout of evtchn_bind_interdomain");

struct evtchn_bind_virq {
    uint32_t virq; /* VIRQ_* */
    uint32_t vcpu;
    evtchn_port_t port; /* out */
};
_Static_assert(sizeof(struct evtchn_bind_virq) == 12, "layout of evtchn_bind_virq");

/* evtchn_bind_pirq.flags */
#define BIND_PIRQ__WILL_SHARE 1U

struct evtchn_bind_pirq {
    uint32_t pirq;
    uint32_t flags;     /* BIND_PIRQ__* */
    evtchn_port_t port; /* out */
};
_Static_assert(sizeof(struct evtchn_bind_pirq) == 12, "layout of evtchn_bind_pirq");

struct evtchn_close {
    evtchn_port_t port;
};
_Static_assert(sizeof(struct evtchn_close) == 4, "layout of evtchn_close");

struct evtchn_send {
    evtchn_port_t port;
};
_Static_assert(sizeof(struct evtchn_send) == 4, "layout of evtchn_send");

/* evtchn_status.status */
#define EVTCHNSTAT_closed      0
#define EVTCHNSTAT_unbound     1
#define EVTCHNSTAT_interdomain 2
#define EVTCHNSTAT_pirq        3
#define EVTCHNSTAT_virq        4
#define EVTCHNSTAT_ipi         5

struct evtchn_status {
    domid_t dom;
    evtchn_port_t port;
    uint32_t status; /* out: EVTCHNSTAT_* */
    uint32_t vcpu;   /* out: the vCPU that is notified */
    union {
        struct {
            domid_t dom; /* who may bind it */
        } unbound;
        struct {
            domid_t dom;
            evtchn_port_t port;
        } interdomain;
        uint32_t pirq;
        uint32_t virq;
    } u; /* out */
};
_Static_assert(sizeof(struct evtchn_status) == 24, "layout of evtchn_status");

struct evtchn_alloc_unbound {
    domid_t dom;        /* owner of the new port */
    domid_t remote_dom; /* who may bind it */
    evtchn_port_t port; /* out */
};
_Static_assert(sizeof(struct evtchn_alloc_unbound) == 8, "layout of evtchn_alloc_unbound");

struct evtchn_bind_ipi {
    uint32_t vcpu;
    evtchn_port_t port; /* out */
};
_Static_assert(sizeof(struct evtchn_bind_ipi) == 8, "layout of evtchn_bind_ipi");

struct evtchn_bind_vcpu {
    evtchn_port_t port;
    uint32_t vcpu;
};
_Static_assert(sizeof(struct evtchn_bind_vcpu) == 8, "layout of evtchn_bind_vcpu");

struct evtchn_unmask {
    evtchn_port_t port;
};
_Static_assert(sizeof(struct evtchn_unmask) == 4, "layout of evtchn_unmask");

struct evtchn_reset {
    domid_t dom;
};
_Static_assert(sizeof(struct evtchn_reset) == 2, "layout of evtchn_reset");

struct evtchn_init_control {
    uint64_t control_gfn; /* frame that holds the vCPU's control block */
    uint32_t offset;      /* of the block in it, a multiple of 8 */
    uint32_t vcpu;
    uint8_t link_bits; /* out: EVTCHN_FIFO_LINK_BITS */
    uint8_t _pad[7];
};
_Static_assert(sizeof(struct evtchn_init_control) == 24, "layout of evtchn_init_control");

struct evtchn_expand_array {
    uint64_t array_gfn; /* frame for the next 1024 event words */
};
_Static_assert(sizeof(struct evtchn_expand_array) == 8, "layout of evtchn_expand_array");

struct evtchn_set_priority {
    evtchn_port_t port;
    uint32_t priority; /* EVTCHN_FIFO_PRIORITY_* */
};
_Static_assert(sizeof(struct evtchn_set_priority) == 8, "layout of evtchn_set_priority");

/* Two-level ABI: bits in shared_info. */
#define EVTCHN_2L_NR_CHANNELS 4096U

/* FIFO ABI: a word for each port, queues by priority in a control block for each vCPU. */
#define EVTCHN_FIFO_PRIORITY_MAX     0U
#define EVTCHN_FIFO_PRIORITY_DEFAULT 7U
#define EVTCHN_FIFO_PRIORITY_MIN     15U
#define EVTCHN_FIFO_MAX_QUEUES       16U

typedef uint32_t event_word_t;

/* Bits of an event word, by number; the lowest EVTCHN_FIFO_LINK_BITS name the next port. */
#define EVTCHN_FIFO_PENDING   31
#define EVTCHN_FIFO_MASKED    30
#define EVTCHN_FIFO_LINKED    29
#define EVTCHN_FIFO_BUSY      28
#define EVTCHN_FIFO_LINK_BITS 17

#define EVTCHN_FIFO_LINK_MASK   ((1U << EVTCHN_FIFO_LINK_BITS) - 1)
#define EVTCHN_FIFO_NR_CHANNELS (1U << EVTCHN_FIFO_LINK_BITS)

struct evtchn_fifo_control_block {
    uint32_t ready; /* bit p: queue p is not empty */
    uint32_t _rsvd;
    uint32_t head[EVTCHN_FIFO_MAX_QUEUES];
};
_Static_assert(sizeof(struct evtchn_fifo_control_block) == 72, "layout of the FIFO control block");

#endif
