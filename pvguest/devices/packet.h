/* SPDX-License-Identifier: MIT */
/*
 * A packet of a network: pieces of pages, and what is known about its checksum and its segments.
 * Whoever holds a packet frees it or passes it on.
 */
#ifndef PVGUEST_DEVICES_PACKET_H
#define PVGUEST_DEVICES_PACKET_H

#include "kernel/types.h"

#define PACKET_FRAGMENTS 18u /* enough for 64 KiB that begin anywhere in a page */

struct packet_fragment {
    uint64_t pfn;
    uint32_t offset;
    uint32_t bytes;
};

enum packet_gso { PACKET_GSO_NONE, PACKET_GSO_TCPV4, PACKET_GSO_TCPV6 };

struct packet {
    uint32_t bytes; /* of all fragments */
    uint32_t fragment_count;
    struct packet_fragment fragments[PACKET_FRAGMENTS];

    /*
     * Blank: the checksum field holds the sum of the pseudo header only; the one's complement sum
     * from checksum_start on belongs into the two bytes checksum_offset behind that.
     */
    bool checksum_is_blank;
    bool checksum_is_valid; /* received: somebody has looked at it */
    uint16_t checksum_start, checksum_offset;

    enum packet_gso gso;
    uint16_t gso_bytes; /* payload of each segment this is to be cut into, or was made of */

    uint32_t driver_parts; /* the driver's count of what is not done yet */
    struct packet *next;
};

/*
 * packet_alloc - so many bytes, the first @head of them in a piece of their own (0: no such piece);
 * NULL: no memory. Bytes are 0.
 */
MUST_CHECK struct packet *packet_alloc(uint32_t head, uint32_t bytes);
/* packet_add - one piece more, of a page that becomes the packet's; false: it has too many. */
MUST_CHECK bool packet_add(struct packet *packet, struct packet_fragment fragment);
void packet_free(struct packet *packet);

/* Copies of bytes of the packet, wherever its pieces end; false: it has no such bytes. */
MUST_CHECK bool packet_read(const struct packet *packet, uint32_t offset, void *to, uint32_t bytes);
MUST_CHECK bool packet_write(struct packet *packet, uint32_t offset, const void *from,
                             uint32_t bytes);

/* packet_sum - one's complement sum of bytes as 16-bit words, added to @sum; not folded. */
uint64_t packet_sum(const struct packet *packet, uint32_t offset, uint32_t bytes, uint64_t sum);
/* The 16 bits of a sum, in the byte order of the network as it lies in memory. */
uint16_t sum_fold(uint64_t sum);
uint64_t sum_bytes(const void *bytes, size_t count, uint64_t sum);

/* packet_fill_checksum - of a packet whose checksum is blank. */
void packet_fill_checksum(struct packet *packet);

static inline uint16_t swap16(uint16_t value)
{
    return __builtin_bswap16(value);
}

static inline uint32_t swap32(uint32_t value)
{
    return __builtin_bswap32(value);
}

#endif
