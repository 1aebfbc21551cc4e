/* SPDX-License-Identifier: MIT */
/*
 * Network devices, as the kernel sees them: packets go out in network_send() and come in to one
 * receiver. A device that is behind keeps what is to be sent in a list.
 */
#ifndef PVGUEST_DEVICES_NETWORK_H
#define PVGUEST_DEVICES_NETWORK_H

#include "devices/packet.h"
#include "kernel/semaphore.h"
#include "kernel/spinlock.h"

#define NETWORK_WAITING_LIMIT 512u /* packets in each list; what is more is dropped */
#define MAC_BYTES             6u

struct network_device;

struct network_driver {
    /*
     * Send, and free the packet when it has gone; false: not now, but after a
     * network_restart(). The device's lock is held.
     */
    bool (*send)(struct network_device *device, struct packet *packet);
    /* Received packets have been used, there may be memory again for more. Any thread. */
    void (*refill)(struct network_device *device);
};

struct network_device {
    char name[8]; /* "eth0" */
    uint8_t mac[MAC_BYTES];
    uint32_t mtu;
    bool can_scatter;  /* packets of several pieces */
    bool can_checksum; /* fills in blank checksums */
    bool can_gso;      /* cuts large TCP packets */
    const struct network_driver *driver;

    struct spinlock lock; /* guards what follows, and the driver's send() */
    struct packet *waiting, **waiting_tail;
    uint32_t waiting_count;
    struct packet *received, **received_tail;
    uint32_t received_count;
    struct semaphore has_received;
    uint64_t packets_sent, packets_received, packets_dropped;
    bool is_up;
    struct network_device *next;
};

void network_register(struct network_device *device);
/* network_unregister - what waits is dropped; nothing is sent any more. */
void network_unregister(struct network_device *device);
/* network_find - the first device; waits for it until @deadline_ns. */
struct network_device *network_find(uint64_t deadline_ns);

/* network_send - the packet is the device's from now on, or dropped. */
void network_send(struct network_device *device, struct packet *packet);
/* network_take - the next packet that came; NULL: none until @deadline_ns. */
struct packet *network_take(struct network_device *device, uint64_t deadline_ns);

/* The driver's, from an interrupt. */
void network_receive(struct network_device *device, struct packet *packet);
void network_restart(struct network_device *device);

#endif
