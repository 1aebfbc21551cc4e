/* SPDX-License-Identifier: MIT */
/* What one domain may take of the store. The control domain itself is not limited by the quotas. */
#ifndef PARAPET_TOOLSTACK_STORE_LIMITS_H
#define PARAPET_TOOLSTACK_STORE_LIMITS_H

#include "hypercall-abi/io/xs_wire.h"

#define QUOTA_NODES               1000u /* that the domain owns */
#define QUOTA_NODE_BYTES          2048u /* value and permissions */
#define QUOTA_PERMISSIONS         5u    /* entries of one node's list */
#define QUOTA_PATH_BYTES          2048u
#define QUOTA_WATCHES             128u
#define QUOTA_TRANSACTIONS        10u
#define QUOTA_TRANSACTION_ENTRIES 1024u /* nodes that a transaction looked at, and its changes */
#define QUOTA_TRANSACTION_BYTES   (256u << 10)
/* Events of one watch that its domain has not taken. Beyond, one event with the watch's own path
 * stands for all that follow. */
#define QUOTA_EVENT_BYTES (16u << 10)

/* The same for the control domain's kernel and programs. */
#define LIMIT_EVENT_BYTES (1u << 20)

/* Old versions of nodes that open transactions keep, before the oldest lose their view. */
#define LIMIT_OLD_NODE_BYTES (16u << 20)

/* Requests of one connection in one turn. */
#define REQUESTS_PER_TURN 16u
/* A connection that has this much unsent has to read before its next request is looked at. */
#define OUTPUT_BYTES_ENOUGH 2048u

#define MESSAGE_MAX_BYTES (sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX)
#define PATH_MAX_BYTES    (XENSTORE_ABS_PATH_MAX + 1)

#endif
