/* SPDX-License-Identifier: MIT */
/*
 * One thread receives, and answers what it can answer by itself. Tables are guarded by the lock;
 * handlers are called without it.
 */
#include "devices/ip.h"

#include "kernel/bottom.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "kernel/text.h"
#include "kernel/thread.h"

#define NEIGHBOURS      16u
#define UDP_PORTS       8u
#define RESOLVE_STEP_NS 200000000UL
#define RESOLVE_TRIES   25u
#define LOOK_AGAIN_NS   1000000UL

#define ETHERTYPE_IP     0x0800u
#define ETHERTYPE_ARP    0x0806u
#define PROTOCOL_ICMP    1u
#define PROTOCOL_UDP     17u
#define ARP_REQUEST      1u
#define ARP_REPLY        2u
#define ICMP_ECHO        8u
#define ICMP_ECHO_REPLY  0u
#define IP_DONT_FRAGMENT 0x4000u
#define IP_FRAGMENT_MASK 0x3fffu /* more fragments, or not the first */
#define IP_TTL           64u

struct ethernet_header {
    uint8_t destination[MAC_BYTES], source[MAC_BYTES];
    uint16_t type;
} __attribute__((packed));

struct arp_body {
    uint16_t hardware, protocol;
    uint8_t hardware_bytes, protocol_bytes;
    uint16_t operation;
    uint8_t sender_mac[MAC_BYTES];
    uint32_t sender;
    uint8_t target_mac[MAC_BYTES];
    uint32_t target;
} __attribute__((packed));

struct ip_header {
    uint8_t version_length, service;
    uint16_t bytes, id, fragment;
    uint8_t ttl, protocol;
    uint16_t checksum;
    uint32_t source, destination;
} __attribute__((packed));

struct udp_header {
    uint16_t source, destination, bytes, checksum;
} __attribute__((packed));

struct icmp_header {
    uint8_t type, code;
    uint16_t checksum, id, number;
} __attribute__((packed));

#define IP_AT  ((uint32_t)sizeof(struct ethernet_header))
#define TOP_AT (IP_AT + (uint32_t)sizeof(struct ip_header))

static struct network_device *device;
static struct ip_config config;
static struct ip_counts counts;
static struct spinlock lock;

static struct {
    uint32_t address;
    uint8_t mac[MAC_BYTES];
} neighbours[NEIGHBOURS];
static uint32_t next_neighbour;

static struct {
    uint16_t port;
    ip_handler handler;
    void *context;
} udp_ports[UDP_PORTS];
static ip_handler reply_handler;
static void *reply_context;

const struct ip_counts *ip_counts(void)
{
    return &counts;
}

/* ---- neighbours ---- */

static void learn(uint32_t address, const uint8_t mac[MAC_BYTES])
{
    bool were_on = spin_lock(&lock);
    uint32_t slot = 0;

    while (slot < NEIGHBOURS && neighbours[slot].address != address)
        slot++;
    if (slot == NEIGHBOURS)
        slot = next_neighbour++ % NEIGHBOURS;
    neighbours[slot].address = address;
    memcpy(neighbours[slot].mac, mac, MAC_BYTES);
    spin_unlock(&lock, were_on);
}

static bool find_neighbour(uint32_t address, uint8_t mac[MAC_BYTES])
{
    bool were_on = spin_lock(&lock);
    bool is_found = false;

    for (uint32_t i = 0; i < NEIGHBOURS && !is_found; i++) {
        is_found = neighbours[i].address == address;
        if (is_found)
            memcpy(mac, neighbours[i].mac, MAC_BYTES);
    }
    spin_unlock(&lock, were_on);
    return is_found;
}

static uint32_t next_hop(uint32_t address)
{
    bool is_near = ((address ^ config.address) & config.mask) == 0;

    return is_near ? address : config.gateway;
}

/* ---- sending ---- */

/* Headers go into a piece of their own, so that devices get packets of more than one. */
static struct packet *make_frame(const uint8_t to[MAC_BYTES], uint16_t type, uint32_t head,
                                 uint32_t bytes)
{
    struct packet *packet = packet_alloc(IP_AT + head, IP_AT + bytes);
    struct ethernet_header ethernet = { .type = swap16(type) };

    if (!packet)
        return NULL;
    memcpy(ethernet.destination, to, MAC_BYTES);
    memcpy(ethernet.source, device->mac, MAC_BYTES);
    if (packet_write(packet, 0, &ethernet, sizeof(ethernet)))
        return packet;
    packet_free(packet);
    return NULL;
}

static void send_arp(uint16_t operation, const uint8_t to[MAC_BYTES], uint32_t target)
{
    struct packet *packet =
        make_frame(to, ETHERTYPE_ARP, sizeof(struct arp_body), sizeof(struct arp_body));
    struct arp_body arp = { .hardware = swap16(1),
                            .protocol = swap16(ETHERTYPE_IP),
                            .hardware_bytes = MAC_BYTES,
                            .protocol_bytes = 4,
                            .operation = swap16(operation),
                            .sender = swap32(config.address),
                            .target = swap32(target) };

    if (!packet)
        return;
    memcpy(arp.sender_mac, device->mac, MAC_BYTES);
    if (operation == ARP_REPLY)
        memcpy(arp.target_mac, to, MAC_BYTES);
    if (packet_write(packet, IP_AT, &arp, sizeof(arp)))
        network_send(device, packet);
    else
        packet_free(packet);
}

bool ip_resolve(uint32_t address)
{
    static const uint8_t everybody[MAC_BYTES] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
    uint8_t mac[MAC_BYTES];
    uint32_t hop = next_hop(address);

    for (uint32_t i = 0; i < RESOLVE_TRIES; i++) {
        send_arp(ARP_REQUEST, everybody, hop);
        uint64_t end_ns = bottom_clock_ns() + RESOLVE_STEP_NS;

        do {
            if (find_neighbour(hop, mac))
                return true;
            thread_sleep(LOOK_AGAIN_NS);
        } while (bottom_clock_ns() < end_ns);
    }
    return false;
}

/* A packet with its IP header and room for @bytes behind it; NULL: nowhere to send it. */
static struct packet *make_ip(uint32_t to, uint8_t protocol, uint32_t head, uint32_t bytes)
{
    static uint16_t id;
    uint8_t mac[MAC_BYTES];
    struct ip_header ip = {
        .version_length = 0x45,
        .bytes = swap16((uint16_t)(sizeof(ip) + bytes)),
        .id = swap16(id++),
        .fragment = swap16(IP_DONT_FRAGMENT),
        .ttl = IP_TTL,
        .protocol = protocol,
        .source = swap32(config.address),
        .destination = swap32(to),
    };

    if (!find_neighbour(next_hop(to), mac) && !find_neighbour(to, mac))
        return NULL;
    struct packet *packet =
        make_frame(mac, ETHERTYPE_IP, sizeof(ip) + head, (uint32_t)sizeof(ip) + bytes);

    if (!packet)
        return NULL;
    ip.checksum = (uint16_t)~sum_fold(sum_bytes(&ip, sizeof(ip), 0));
    if (packet_write(packet, IP_AT, &ip, sizeof(ip)))
        return packet;
    packet_free(packet);
    return NULL;
}

static uint64_t pseudo_header_sum(uint32_t source, uint32_t destination, uint8_t protocol,
                                  uint32_t bytes)
{
    struct {
        uint32_t source, destination;
        uint16_t protocol, bytes;
    } pseudo = { swap32(source), swap32(destination), swap16(protocol), swap16((uint16_t)bytes) };

    return sum_bytes(&pseudo, sizeof(pseudo), 0);
}

void udp_send(uint32_t to, uint16_t to_port, uint16_t from_port, const void *data, uint32_t bytes)
{
    uint32_t udp_bytes = (uint32_t)sizeof(struct udp_header) + bytes;
    struct udp_header udp = { .source = swap16(from_port),
                              .destination = swap16(to_port),
                              .bytes = swap16((uint16_t)udp_bytes) };
    struct packet *packet = make_ip(to, PROTOCOL_UDP, sizeof(udp), udp_bytes);

    if (!packet)
        return;
    udp.checksum = sum_fold(pseudo_header_sum(config.address, to, PROTOCOL_UDP, udp_bytes));
    packet->checksum_is_blank = true;
    packet->checksum_start = TOP_AT;
    packet->checksum_offset = offsetof(struct udp_header, checksum);
    if (packet_write(packet, TOP_AT, &udp, sizeof(udp)) &&
        packet_write(packet, TOP_AT + (uint32_t)sizeof(udp), data, bytes))
        network_send(device, packet);
    else
        packet_free(packet);
}

static void send_icmp(uint32_t to, struct icmp_header icmp, const void *data, uint32_t bytes)
{
    uint32_t icmp_bytes = (uint32_t)sizeof(icmp) + bytes;
    struct packet *packet = make_ip(to, PROTOCOL_ICMP, sizeof(icmp), icmp_bytes);

    if (!packet)
        return;
    icmp.checksum = (uint16_t)~sum_fold(sum_bytes(data, bytes, sum_bytes(&icmp, sizeof(icmp), 0)));
    if (packet_write(packet, TOP_AT, &icmp, sizeof(icmp)) &&
        packet_write(packet, TOP_AT + (uint32_t)sizeof(icmp), data, bytes))
        network_send(device, packet);
    else
        packet_free(packet);
}

void icmp_send_request(uint32_t to, uint16_t id, uint16_t number, const void *data, uint32_t bytes)
{
    send_icmp(to,
              (struct icmp_header){ .type = ICMP_ECHO, .id = swap16(id), .number = swap16(number) },
              data, bytes);
}

/* ---- receiving ---- */

static void take_arp(const struct packet *packet)
{
    struct arp_body arp;

    if (!packet_read(packet, IP_AT, &arp, sizeof(arp)) || swap16(arp.protocol) != ETHERTYPE_IP) {
        counts.bad++;
        return;
    }
    if (swap32(arp.target) != config.address)
        return;
    learn(swap32(arp.sender), arp.sender_mac);
    if (swap16(arp.operation) == ARP_REQUEST) {
        counts.arp_replies++;
        send_arp(ARP_REPLY, arp.sender_mac, swap32(arp.sender));
    }
}

static void take_icmp(const struct packet *packet, struct ip_arrival *arrival)
{
    static char data[ICMP_BYTES_MAX];
    struct icmp_header icmp;
    uint64_t sum = packet_sum(packet, arrival->offset, arrival->bytes, 0);

    if (arrival->bytes < sizeof(icmp) || arrival->bytes - sizeof(icmp) > sizeof(data) ||
        sum_fold(sum) != 0xffff || !packet_read(packet, arrival->offset, &icmp, sizeof(icmp))) {
        counts.bad++;
        return;
    }
    arrival->offset += (uint32_t)sizeof(icmp);
    arrival->bytes -= (uint32_t)sizeof(icmp);
    arrival->source_port = swap16(icmp.id);
    arrival->port = swap16(icmp.number);
    if (icmp.type == ICMP_ECHO && packet_read(packet, arrival->offset, data, arrival->bytes)) {
        counts.echo_requests++;
        icmp.type = ICMP_ECHO_REPLY;
        icmp.checksum = 0;
        send_icmp(arrival->source, icmp, data, arrival->bytes);
    } else if (icmp.type == ICMP_ECHO_REPLY && reply_handler) {
        reply_handler(reply_context, arrival);
    }
}

/* A sum of 0 says that the sender made none; a blank one comes from a neighbour in this machine. */
static bool udp_is_sound(const struct packet *packet, const struct ip_arrival *arrival,
                         const struct udp_header *udp)
{
    if (!udp->checksum || packet->checksum_is_blank || packet->checksum_is_valid)
        return true;
    uint64_t sum = pseudo_header_sum(arrival->source, config.address, PROTOCOL_UDP, arrival->bytes);

    return sum_fold(packet_sum(packet, arrival->offset, arrival->bytes, sum)) == 0xffff;
}

static void take_udp(const struct packet *packet, struct ip_arrival *arrival)
{
    struct udp_header udp;

    if (!packet_read(packet, arrival->offset, &udp, sizeof(udp)) ||
        swap16(udp.bytes) < sizeof(udp) || swap16(udp.bytes) > arrival->bytes) {
        counts.bad++;
        return;
    }
    arrival->bytes = swap16(udp.bytes);
    if (!udp_is_sound(packet, arrival, &udp)) {
        counts.bad++;
        return;
    }
    arrival->offset += (uint32_t)sizeof(udp);
    arrival->bytes -= (uint32_t)sizeof(udp);
    arrival->source_port = swap16(udp.source);
    arrival->port = swap16(udp.destination);
    for (uint32_t i = 0; i < UDP_PORTS; i++) {
        if (udp_ports[i].handler && udp_ports[i].port == arrival->port) {
            udp_ports[i].handler(udp_ports[i].context, arrival);
            return;
        }
    }
}

static void take_ip(const struct packet *packet, const uint8_t mac[MAC_BYTES])
{
    struct ip_header ip;
    bool is_sound = packet_read(packet, IP_AT, &ip, sizeof(ip)) && ip.version_length == 0x45 &&
                    sum_fold(sum_bytes(&ip, sizeof(ip), 0)) == 0xffff &&
                    swap16(ip.bytes) >= sizeof(ip) && swap16(ip.bytes) <= packet->bytes - IP_AT;

    if (!is_sound) {
        counts.bad++;
        return;
    }
    if (swap32(ip.destination) != config.address || (swap16(ip.fragment) & IP_FRAGMENT_MASK))
        return;
    struct ip_arrival arrival = { .source = swap32(ip.source),
                                  .packet = packet,
                                  .offset = TOP_AT,
                                  .bytes = swap16(ip.bytes) - (uint32_t)sizeof(ip) };

    learn(arrival.source, mac);
    if (ip.protocol == PROTOCOL_ICMP)
        take_icmp(packet, &arrival);
    else if (ip.protocol == PROTOCOL_UDP)
        take_udp(packet, &arrival);
}

static void receive(void *argument)
{
    (void)argument;
    for (;;) {
        struct packet *packet = network_take(device, NEVER_NS);
        struct ethernet_header ethernet;

        if (packet_read(packet, 0, &ethernet, sizeof(ethernet))) {
            if (swap16(ethernet.type) == ETHERTYPE_ARP)
                take_arp(packet);
            else if (swap16(ethernet.type) == ETHERTYPE_IP)
                take_ip(packet, ethernet.source);
        }
        packet_free(packet);
        device->driver->refill(device);
    }
}

/* ---- ports ---- */

bool udp_serve(uint16_t port, ip_handler handler, void *context)
{
    for (uint32_t i = 0; i < UDP_PORTS; i++) {
        if (udp_ports[i].handler)
            continue;
        udp_ports[i].port = port;
        udp_ports[i].context = context;
        __atomic_store_n(&udp_ports[i].handler, handler, __ATOMIC_RELEASE);
        return true;
    }
    return false;
}

void udp_forget(uint16_t port)
{
    for (uint32_t i = 0; i < UDP_PORTS; i++) {
        if (udp_ports[i].port == port)
            udp_ports[i].handler = NULL;
    }
}

void icmp_serve_replies(ip_handler handler, void *context)
{
    reply_context = context;
    __atomic_store_n(&reply_handler, handler, __ATOMIC_RELEASE);
}

static void echo_datagram(void *context, const struct ip_arrival *arrival)
{
    static char data[UDP_BYTES_MAX];

    (void)context;
    if (arrival->bytes > sizeof(data) ||
        !packet_read(arrival->packet, arrival->offset, data, arrival->bytes))
        return;
    counts.datagrams_echoed++;
    udp_send(arrival->source, arrival->source_port, UDP_PORT_ECHO, data, arrival->bytes);
}

bool ip_start(struct network_device *the_device, const struct ip_config *the_config)
{
    struct thread *thread = thread_create(receive, NULL);

    if (!thread)
        return false;
    device = the_device;
    config = *the_config;
    if (!udp_serve(UDP_PORT_ECHO, echo_datagram, NULL)) {
        thread_discard(thread);
        return false;
    }
    thread_start(thread);
    print("net: %s is %u.%u.%u.%u\n", device->name, IP_PARTS(config.address));
    return true;
}

bool ip_parse(const char *text, uint32_t *address, const char **end)
{
    *address = 0;
    for (uint32_t part = 0; part < 4; part++) {
        const char *after;
        uint64_t value = parse_number(text, &after);

        if (after == text || value > 255 || (part < 3 && *after != '.'))
            return false;
        *address = *address << 8 | (uint32_t)value;
        text = part < 3 ? after + 1 : after;
    }
    *end = text;
    return true;
}
