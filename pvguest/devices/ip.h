/* SPDX-License-Identifier: MIT */
/*
 * As much of IPv4 as the tests need: one address on one device, ARP, answers to ICMP echo
 * requests, UDP in unfragmented datagrams. Addresses and ports are in the order of the network
 * where they are called so, else in that of the processor.
 */
#ifndef PVGUEST_DEVICES_IP_H
#define PVGUEST_DEVICES_IP_H

#include "devices/network.h"

#define UDP_PORT_ECHO  7u
#define UDP_BYTES_MAX  1472u
#define ICMP_BYTES_MAX 1472u

struct ip_config {
    uint32_t address, mask, gateway;
};

/* Something that came. Valid during the call. */
struct ip_arrival {
    uint32_t source;
    uint16_t source_port, port; /* UDP; of an echo reply: its id and sequence number */
    const struct packet *packet;
    uint32_t offset, bytes; /* the data in it */
};
typedef void (*ip_handler)(void *context, const struct ip_arrival *arrival);

/* ip_start - a thread that receives and answers. */
MUST_CHECK bool ip_start(struct network_device *device, const struct ip_config *config);

/* What is handed up; one handler for each port, and one for echo replies. In the thread above. */
MUST_CHECK bool udp_serve(uint16_t port, ip_handler handler, void *context);
void udp_forget(uint16_t port);
void icmp_serve_replies(ip_handler handler, void *context);

/* ip_resolve - ask for the address of the next hop; false: nobody answers. */
MUST_CHECK bool ip_resolve(uint32_t address);

/* Sent, or dropped when the next hop is not known: packets may be lost at any place. */
void udp_send(uint32_t to, uint16_t to_port, uint16_t from_port, const void *data, uint32_t bytes);
void icmp_send_request(uint32_t to, uint16_t id, uint16_t number, const void *data, uint32_t bytes);

struct ip_counts {
    uint64_t bad; /* broken packets */
    uint64_t echo_requests, datagrams_echoed, arp_replies;
};
const struct ip_counts *ip_counts(void);

/* "10.0.2.2"; *end is what follows. False: no address. */
MUST_CHECK bool ip_parse(const char *text, uint32_t *address, const char **end);
/* For print: "%u.%u.%u.%u" */
#define IP_PARTS(address)                                                                          \
    (address) >> 24, (address) >> 16 & 255, (address) >> 8 & 255, (address)&255

#endif
