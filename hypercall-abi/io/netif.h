/* SPDX-License-Identifier: MIT */
/*
 * Network devices: a transmit and a receive ring (io/ring.h) for each queue, a control ring, and
 * the nodes by which the two ends agree.
 *
 * A packet is one request for each of its fragments, all but the last with more_data. With
 * extra_info in the first, struct netif_extra_info take the next slots.
 */
#ifndef PARAPET_HYPERCALL_ABI_IO_NETIF_H
#define PARAPET_HYPERCALL_ABI_IO_NETIF_H

#include <stdint.h>

#include "hypercall-abi/grant_table.h"
#include "hypercall-abi/io/ring.h"

/* A backend takes at least this many slots for one packet. */
#define XEN_NETIF_NR_SLOTS_MIN 18

/* The largest packet. */
#define XEN_NETIF_MAX_TX_SIZE 0xFFFFU

struct netif_tx_request {
    grant_ref_t gref;
    uint16_t offset; /* in the frame */
    uint16_t flags;  /* NETTXF_* */
    uint16_t id;     /* repeated in the response */
    uint16_t size;   /* of the packet in the first request, of the fragment in the others */
};
_Static_assert(sizeof(struct netif_tx_request) == 12, "layout of netif_tx_request");

/* netif_tx_request.flags */
#define NETTXF_csum_blank     (1U << 0) /* the checksum is still to be filled in */
#define NETTXF_data_validated (1U << 1) /* the data need no check */
#define NETTXF_more_data      (1U << 2) /* the packet goes on in the next request */
#define NETTXF_extra_info     (1U << 3) /* the next slot holds a struct netif_extra_info */

struct netif_tx_response {
    uint16_t id;
    int16_t status; /* NETIF_RSP_* */
};
_Static_assert(sizeof(struct netif_tx_response) == 4, "layout of netif_tx_response");

struct netif_rx_request {
    uint16_t id;
    uint16_t pad;
    grant_ref_t gref;
};
_Static_assert(sizeof(struct netif_rx_request) == 8, "layout of netif_rx_request");

struct netif_rx_response {
    uint16_t id;
    uint16_t offset; /* in the frame */
    uint16_t flags;  /* NETRXF_* */
    int16_t status;  /* NETIF_RSP_*, or bytes of the fragment */
};
_Static_assert(sizeof(struct netif_rx_response) == 8, "layout of netif_rx_response");

/* netif_rx_response.flags */
#define NETRXF_data_validated (1U << 0)
#define NETRXF_csum_blank     (1U << 1)
#define NETRXF_more_data      (1U << 2)
#define NETRXF_extra_info     (1U << 3)
#define NETRXF_gso_prefix     (1U << 4)

/* Status of a response. */
#define NETIF_RSP_DROPPED (-2)
#define NETIF_RSP_ERROR   (-1)
#define NETIF_RSP_OKAY    0
#define NETIF_RSP_NULL    1 /* answers a slot of extra info */

/* More about a packet, in a slot of the ring instead of a request or response. */
struct netif_extra_info {
    uint8_t type;  /* XEN_NETIF_EXTRA_TYPE_* */
    uint8_t flags; /* XEN_NETIF_EXTRA_FLAG_MORE */
    union {
        struct {
            uint16_t size; /* bytes of payload in a segment */
            uint8_t type;  /* XEN_NETIF_GSO_TYPE_* */
            uint8_t pad;
            uint16_t features; /* 0 */
        } gso;
        struct {
            uint8_t addr[6];
        } mcast;
        struct {
            uint8_t type; /* number of the bit XEN_NETIF_CTRL_HASH_TYPE_* */
            uint8_t algorithm;
            uint8_t value[4];
        } hash;
        uint16_t pad[3];
    } u;
};
_Static_assert(sizeof(struct netif_extra_info) == 8, "layout of netif_extra_info");

/* netif_extra_info.type */
#define XEN_NETIF_EXTRA_TYPE_NONE      0
#define XEN_NETIF_EXTRA_TYPE_GSO       1
#define XEN_NETIF_EXTRA_TYPE_MCAST_ADD 2
#define XEN_NETIF_EXTRA_TYPE_MCAST_DEL 3
#define XEN_NETIF_EXTRA_TYPE_HASH      4
#define XEN_NETIF_EXTRA_TYPE_MAX       5

/* netif_extra_info.flags: another one follows */
#define XEN_NETIF_EXTRA_FLAG_MORE (1U << 0)

/* netif_extra_info.u.gso.type */
#define XEN_NETIF_GSO_TYPE_NONE  0
#define XEN_NETIF_GSO_TYPE_TCPV4 1
#define XEN_NETIF_GSO_TYPE_TCPV6 2

/* One entry of each ring. */
union netif_tx_sring_entry {
    struct netif_tx_request req;
    struct netif_tx_response rsp;
};
_Static_assert(sizeof(union netif_tx_sring_entry) == 12, "layout of netif_tx_sring_entry");

union netif_rx_sring_entry {
    struct netif_rx_request req;
    struct netif_rx_response rsp;
};
_Static_assert(sizeof(union netif_rx_sring_entry) == 8, "layout of netif_rx_sring_entry");

/* ---- control ring ---- */

struct xen_netif_ctrl_request {
    uint16_t id;
    uint16_t type; /* XEN_NETIF_CTRL_TYPE_* */
    uint32_t data[3];
};
_Static_assert(sizeof(struct xen_netif_ctrl_request) == 16, "layout of xen_netif_ctrl_request");

struct xen_netif_ctrl_response {
    uint16_t id;
    uint16_t type;
    uint32_t status; /* XEN_NETIF_CTRL_STATUS_* */
    uint32_t data;
};
_Static_assert(sizeof(struct xen_netif_ctrl_response) == 12, "layout of xen_netif_ctrl_response");

union xen_netif_ctrl_sring_entry {
    struct xen_netif_ctrl_request req;
    struct xen_netif_ctrl_response rsp;
};
_Static_assert(sizeof(union xen_netif_ctrl_sring_entry) == 16,
               "layout of xen_netif_ctrl_sring_entry");

/* xen_netif_ctrl_request.type */
#define XEN_NETIF_CTRL_TYPE_INVALID               0
#define XEN_NETIF_CTRL_TYPE_GET_HASH_FLAGS        1
#define XEN_NETIF_CTRL_TYPE_SET_HASH_FLAGS        2
#define XEN_NETIF_CTRL_TYPE_SET_HASH_KEY          3
#define XEN_NETIF_CTRL_TYPE_GET_HASH_MAPPING_SIZE 4
#define XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING_SIZE 5
#define XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING      6
#define XEN_NETIF_CTRL_TYPE_SET_HASH_ALGORITHM    7
#define XEN_NETIF_CTRL_TYPE_GET_GREF_MAPPING_SIZE 8
#define XEN_NETIF_CTRL_TYPE_ADD_GREF_MAPPING      9
#define XEN_NETIF_CTRL_TYPE_DEL_GREF_MAPPING      10

/* xen_netif_ctrl_response.status */
#define XEN_NETIF_CTRL_STATUS_SUCCESS           0
#define XEN_NETIF_CTRL_STATUS_NOT_SUPPORTED     1
#define XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER 2
#define XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW   3

/* Hash flags. */
#define XEN_NETIF_CTRL_HASH_TYPE_IPV4     (1U << 0)
#define XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP (1U << 1)
#define XEN_NETIF_CTRL_HASH_TYPE_IPV6     (1U << 2)
#define XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP (1U << 3)

/* Hash algorithms. */
#define XEN_NETIF_CTRL_HASH_ALGORITHM_NONE     0
#define XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ 1

/* One grant of XEN_NETIF_CTRL_TYPE_ADD_GREF_MAPPING and DEL_GREF_MAPPING. */
struct xen_netif_gref {
    grant_ref_t ref;
    uint16_t flags;  /* XEN_NETIF_CTRLF_GREF_readonly */
    uint16_t status; /* out: XEN_NETIF_CTRL_STATUS_* */
};
_Static_assert(sizeof(struct xen_netif_gref) == 8, "layout of xen_netif_gref");

/* xen_netif_gref.flags */
#define XEN_NETIF_CTRLF_GREF_readonly (1U << 0)

/* ---- nodes ---- */

/* Nodes that the backend writes. */
#define NETIF_NODE_MULTI_QUEUE_MAX_QUEUES            "multi-queue-max-queues"
#define NETIF_NODE_FEATURE_CTRL_RING                 "feature-ctrl-ring"
#define NETIF_NODE_FEATURE_DYNAMIC_MULTICAST_CONTROL "feature-dynamic-multicast-control"
#define NETIF_NODE_FEATURE_MULTICAST_CONTROL         "feature-multicast-control"
#define NETIF_NODE_FEATURE_RX_COPY                   "feature-rx-copy"
#define NETIF_NODE_FEATURE_SPLIT_EVENT_CHANNELS      "feature-split-event-channels"

/* Nodes that the frontend writes; a queue of several has those of its rings in "queue-<n>/". */
#define NETIF_NODE_CTRL_RING_REF             "ctrl-ring-ref"
#define NETIF_NODE_EVENT_CHANNEL             "event-channel"
#define NETIF_NODE_EVENT_CHANNEL_CTRL        "event-channel-ctrl"
#define NETIF_NODE_EVENT_CHANNEL_RX          "event-channel-rx"
#define NETIF_NODE_EVENT_CHANNEL_TX          "event-channel-tx"
#define NETIF_NODE_FEATURE_RX_NOTIFY         "feature-rx-notify"
#define NETIF_NODE_MULTI_QUEUE_NUM_QUEUES    "multi-queue-num-queues"
#define NETIF_NODE_REQUEST_MULTICAST_CONTROL "request-multicast-control"
#define NETIF_NODE_REQUEST_RX_COPY           "request-rx-copy"
#define NETIF_NODE_RX_RING_REF               "rx-ring-ref"
#define NETIF_NODE_TX_RING_REF               "tx-ring-ref"

/* Nodes that both write. */
#define NETIF_NODE_FEATURE_GSO_TCPV4         "feature-gso-tcpv4"
#define NETIF_NODE_FEATURE_GSO_TCPV6         "feature-gso-tcpv6"
#define NETIF_NODE_FEATURE_IPV6_CSUM_OFFLOAD "feature-ipv6-csum-offload"
#define NETIF_NODE_FEATURE_NO_CSUM_OFFLOAD   "feature-no-csum-offload"
#define NETIF_NODE_FEATURE_SG                "feature-sg"

/* Nodes that the toolstack writes. */
#define NETIF_NODE_HANDLE         "handle"
#define NETIF_NODE_HOTPLUG_STATUS "hotplug-status"
#define NETIF_NODE_MAC            "mac"

#endif
