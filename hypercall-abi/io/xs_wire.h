/* SPDX-License-Identifier: MIT */
/*
 * The store's messages and its ring page.
 *
 * A message is a struct xsd_sockmsg and `len` bytes. A reply repeats req_id, tx_id and, unless it
 * is XS_ERROR, the type.
 */
#ifndef PARAPET_HYPERCALL_ABI_IO_XS_WIRE_H
#define PARAPET_HYPERCALL_ABI_IO_XS_WIRE_H

#include <stdint.h>

enum xsd_sockmsg_type {
    XS_CONTROL = 0,
    XS_DIRECTORY = 1,
    XS_READ = 2,
    XS_GET_PERMS = 3,
    XS_WATCH = 4,
    XS_UNWATCH = 5,
    XS_TRANSACTION_START = 6,
    XS_TRANSACTION_END = 7,
    XS_INTRODUCE = 8,
    XS_RELEASE = 9,
    XS_GET_DOMAIN_PATH = 10,
    XS_WRITE = 11,
    XS_MKDIR = 12,
    XS_RM = 13,
    XS_SET_PERMS = 14,
    XS_WATCH_EVENT = 15,
    XS_ERROR = 16,
    XS_IS_DOMAIN_INTRODUCED = 17,
    XS_RESUME = 18,
    XS_SET_TARGET = 19,
    XS_RESET_WATCHES = 21,
    XS_DIRECTORY_PART = 22,
    XS_TYPE_COUNT = 23,
    XS_INVALID = 0xffff
};

#define XS_DEBUG XS_CONTROL

struct xsd_sockmsg {
    uint32_t type;   /* enum xsd_sockmsg_type */
    uint32_t req_id; /* of the sender's choice; 0 in a watch event */
    uint32_t tx_id;  /* transaction, 0 for none */
    uint32_t len;    /* bytes that follow, at most XENSTORE_PAYLOAD_MAX */
};
_Static_assert(sizeof(struct xsd_sockmsg) == 16, "layout of xsd_sockmsg");

/* Which of the strings of an XS_WATCH_EVENT. */
enum xs_watch_type { XS_WATCH_PATH = 0, XS_WATCH_TOKEN = 1 };

#define XENSTORE_PAYLOAD_MAX  4096U
#define XENSTORE_ABS_PATH_MAX 3072U
#define XENSTORE_REL_PATH_MAX 2048U

#define XENSTORE_RING_SIZE 1024U

typedef uint32_t XENSTORE_RING_IDX;

/* The page between a domain and the store: two byte rings. */
struct xenstore_domain_interface {
    char req[XENSTORE_RING_SIZE]; /* to the store */
    char rsp[XENSTORE_RING_SIZE]; /* from the store */
    XENSTORE_RING_IDX req_cons;
    XENSTORE_RING_IDX req_prod;
    XENSTORE_RING_IDX rsp_cons;
    XENSTORE_RING_IDX rsp_prod;
    uint32_t server_features; /* XENSTORE_SERVER_FEATURE_* */
    uint32_t connection;      /* XENSTORE_CONNECTED or XENSTORE_RECONNECT */
    uint32_t error;           /* XENSTORE_ERROR_* */
};
_Static_assert(sizeof(struct xenstore_domain_interface) == 2076,
               "layout of xenstore_domain_interface");

/* xenstore_domain_interface.server_features */
#define XENSTORE_SERVER_FEATURE_RECONNECTION 1U
#define XENSTORE_SERVER_FEATURE_ERROR        2U

/* xenstore_domain_interface.connection */
#define XENSTORE_CONNECTED 0U
#define XENSTORE_RECONNECT 1U

/* xenstore_domain_interface.error */
#define XENSTORE_ERROR_NONE    0U
#define XENSTORE_ERROR_COMM    1U
#define XENSTORE_ERROR_RINGIDX 2U
#define XENSTORE_ERROR_PROTO   3U

#endif
