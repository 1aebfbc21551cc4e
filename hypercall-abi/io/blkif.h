/* SPDX-License-Identifier: MIT */
/*
 * Block devices: requests and responses on a ring (io/ring.h), and the nodes by which the two
 * ends agree.
 *
 * Sectors are of 512 bytes, whatever the device's own are.
 */
#ifndef PARAPET_HYPERCALL_ABI_IO_BLKIF_H
#define PARAPET_HYPERCALL_ABI_IO_BLKIF_H

#include <stdint.h>

#include "hypercall-abi/grant_table.h"
#include "hypercall-abi/io/ring.h"

typedef uint16_t blkif_vdev_t;
typedef uint64_t blkif_sector_t;

/* blkif_request.operation */
#define BLKIF_OP_READ            0
#define BLKIF_OP_WRITE           1
#define BLKIF_OP_WRITE_BARRIER   2
#define BLKIF_OP_FLUSH_DISKCACHE 3
#define BLKIF_OP_RESERVED_1      4
#define BLKIF_OP_DISCARD         5
#define BLKIF_OP_INDIRECT        6

#define BLKIF_MAX_SEGMENTS_PER_REQUEST       11
#define BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST 8

struct blkif_request_segment {
    grant_ref_t gref;
    uint8_t first_sect; /* first and last sector of the frame, 0 to 7 */
    uint8_t last_sect;
};
_Static_assert(sizeof(struct blkif_request_segment) == 8, "layout of blkif_request_segment");

/* Segments that one frame of an indirect request describes. */
#define BLKIF_SEGMENTS_PER_INDIRECT_FRAME 512

struct blkif_request {
    uint8_t operation;
    uint8_t nr_segments;
    blkif_vdev_t handle;
    uint64_t id; /* repeated in the response */
    blkif_sector_t sector_number;
    struct blkif_request_segment seg[BLKIF_MAX_SEGMENTS_PER_REQUEST];
};
_Static_assert(sizeof(struct blkif_request) == 112, "layout of blkif_request");

/* With BLKIF_OP_DISCARD. */
struct blkif_request_discard {
    uint8_t operation;
    uint8_t flag; /* BLKIF_DISCARD_SECURE */
    blkif_vdev_t handle;
    uint64_t id;
    blkif_sector_t sector_number;
    uint64_t nr_sectors;
};
_Static_assert(sizeof(struct blkif_request_discard) == 32, "layout of blkif_request_discard");

/* blkif_request_discard.flag */
#define BLKIF_DISCARD_SECURE 1U

/* With BLKIF_OP_INDIRECT: the segments are in frames of their own. */
struct blkif_request_indirect {
    uint8_t operation;
    uint8_t indirect_op; /* BLKIF_OP_READ or BLKIF_OP_WRITE */
    uint16_t nr_segments;
    uint64_t id;
    blkif_sector_t sector_number;
    blkif_vdev_t handle;
    grant_ref_t indirect_grefs[BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST];
};
_Static_assert(sizeof(struct blkif_request_indirect) == 64, "layout of blkif_request_indirect");

struct blkif_response {
    uint64_t id;
    uint8_t operation;
    int16_t status; /* BLKIF_RSP_* */
};
_Static_assert(sizeof(struct blkif_response) == 16, "layout of blkif_response");

/* blkif_response.status */
#define BLKIF_RSP_EOPNOTSUPP (-2)
#define BLKIF_RSP_ERROR      (-1)
#define BLKIF_RSP_OKAY       0

/* One entry of the ring. */
union blkif_sring_entry {
    struct blkif_request req;
    struct blkif_response rsp;
};
_Static_assert(sizeof(union blkif_sring_entry) == 112, "layout of blkif_sring_entry");

/* The backend's `info` node. */
#define VDISK_CDROM     1U
#define VDISK_REMOVABLE 2U
#define VDISK_READONLY  4U

/* Nodes that the backend writes. */
#define BLKIF_NODE_MAX_RING_PAGE_ORDER           "max-ring-page-order"
#define BLKIF_NODE_MULTI_QUEUE_MAX_QUEUES        "multi-queue-max-queues"
#define BLKIF_NODE_FEATURE_BARRIER               "feature-barrier"
#define BLKIF_NODE_FEATURE_FLUSH_CACHE           "feature-flush-cache"
#define BLKIF_NODE_FEATURE_DISCARD               "feature-discard"
#define BLKIF_NODE_FEATURE_MAX_INDIRECT_SEGMENTS "feature-max-indirect-segments"
#define BLKIF_NODE_DISCARD_ALIGNMENT             "discard-alignment"
#define BLKIF_NODE_DISCARD_GRANULARITY           "discard-granularity"
#define BLKIF_NODE_DISCARD_SECURE                "discard-secure"
#define BLKIF_NODE_INFO                          "info"
#define BLKIF_NODE_SECTORS                       "sectors"
#define BLKIF_NODE_SECTOR_SIZE                   "sector-size"
#define BLKIF_NODE_PHYSICAL_SECTOR_SIZE          "physical-sector-size"

/* Nodes that the frontend writes; a queue of several has those of its ring in "queue-<n>/". */
#define BLKIF_NODE_RING_PAGE_ORDER        "ring-page-order"
#define BLKIF_NODE_RING_REF               "ring-ref" /* "ring-ref<n>" of a ring of several pages */
#define BLKIF_NODE_EVENT_CHANNEL          "event-channel"
#define BLKIF_NODE_PROTOCOL               "protocol"
#define BLKIF_NODE_MULTI_QUEUE_NUM_QUEUES "multi-queue-num-queues"

/* Nodes that both write. */
#define BLKIF_NODE_FEATURE_PERSISTENT "feature-persistent"

/* Nodes that the toolstack writes. */
#define BLKIF_NODE_PHYSICAL_DEVICE "physical-device"
#define BLKIF_NODE_VIRTUAL_DEVICE  "virtual-device"
#define BLKIF_NODE_DEVICE_TYPE     "device-type"
#define BLKIF_NODE_MODE            "mode"
#define BLKIF_NODE_PARAMS          "params"
#define BLKIF_NODE_TYPE            "type"
#define BLKIF_NODE_DISCARD_ENABLE  "discard-enable"
#define BLKIF_NODE_TRUSTED         "trusted"

#endif
