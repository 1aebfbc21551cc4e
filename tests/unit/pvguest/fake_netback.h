/* SPDX-License-Identifier: MIT */
/*
 * A network backend: as the one of Linux where it behaves, and wrong where a test wants it to be.
 * What the guest sends is kept; what the guest is to receive is given by the test. It is device
 * vif/0 of the store.
 */
#ifndef PARAPET_TESTS_UNIT_PVGUEST_FAKE_NETBACK_H
#define PARAPET_TESTS_UNIT_PVGUEST_FAKE_NETBACK_H

#include <stdbool.h>
#include <stdint.h>

#define FAKE_NET_BACKEND  "/local/domain/0/backend/vif/7/0"
#define FAKE_NET_FRONTEND "/local/domain/7/device/vif/0"
#define FAKE_NET_BYTES    65536u

enum netback_misdeed {
    NETBACK_BEHAVES,
    NETBACK_TX_WRONG_ID,
    NETBACK_TX_FREE_ID,
    NETBACK_TX_SAME_TWICE,
    NETBACK_TX_TOO_MANY,
    NETBACK_RX_WRONG_ID,
    NETBACK_RX_TOO_LONG,
    NETBACK_RX_TOO_FAR,
    NETBACK_RX_TOO_MANY,
    NETBACK_RX_ERROR,       /* every piece */
    NETBACK_RX_NEVER_ENDS,  /* more_data in each piece */
    NETBACK_RX_KEEPS_PAGES, /* mapped, for ever */
};

struct netback_options {
    uint32_t max_queues;
    bool has_split, has_sg, has_gso, no_checksum, no_copy;
};

struct netback_packet {
    uint32_t bytes, pieces;
    bool csum_blank;
    uint8_t gso_type;
    uint16_t gso_size;
    uint8_t data[FAKE_NET_BYTES];
};

void fake_netback_create(const struct netback_options *options);
void fake_netback_set_state(uint32_t state);
void fake_netback_misbehave(enum netback_misdeed misdeed);
void fake_netback_end(void);
uint32_t fake_netback_queues(void);
bool fake_netback_has_split_ports(void);

/* The oldest packet that the guest sent; false: none. Without a call for it, 512 are kept. */
bool fake_netback_take(struct netback_packet *packet);
/* Give the guest a packet, in pieces of @piece bytes; it goes when there is room. */
void fake_netback_give(const struct netback_packet *packet, uint32_t piece);

#endif
