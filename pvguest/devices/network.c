/* SPDX-License-Identifier: MIT */
#include "devices/network.h"

#include "kernel/bottom.h"
#include "kernel/page.h"
#include "kernel/print.h"
#include "kernel/string.h"

#define LOOK_AGAIN_NS 1000000UL

static struct spinlock list_lock; /* guards the list of devices */
static struct network_device *devices;
static uint32_t device_count;

static void print_device(const struct network_device *device)
{
    const uint8_t *mac = device->mac;

    print("net: %s: %02x:%02x:%02x:%02x:%02x:%02x, mtu %u%s%s%s\n", device->name, mac[0], mac[1],
          mac[2], mac[3], mac[4], mac[5], device->mtu, device->can_scatter ? ", scatter" : "",
          device->can_checksum ? ", checksum" : "", device->can_gso ? ", gso" : "");
}

void network_register(struct network_device *device)
{
    device->waiting = device->received = NULL;
    device->waiting_tail = &device->waiting;
    device->received_tail = &device->received;
    device->waiting_count = device->received_count = 0;
    device->is_up = true;
    bool were_on = spin_lock(&list_lock);

    if (!device->name[0])
        format_text(device->name, sizeof(device->name), "eth%u", device_count++);
    device->next = devices;
    devices = device;
    spin_unlock(&list_lock, were_on);
    print_device(device);
}

static void free_all(struct packet *packet)
{
    while (packet) {
        struct packet *next = packet->next;

        packet_free(packet);
        packet = next;
    }
}

void network_unregister(struct network_device *device)
{
    bool were_on = spin_lock(&list_lock);

    for (struct network_device **link = &devices; *link; link = &(*link)->next) {
        if (*link == device) {
            *link = device->next;
            break;
        }
    }
    spin_unlock(&list_lock, were_on);
    were_on = spin_lock(&device->lock);
    struct packet *waiting = device->waiting, *received = device->received;

    device->is_up = false;
    device->waiting = device->received = NULL;
    device->waiting_tail = &device->waiting;
    device->received_tail = &device->received;
    device->waiting_count = device->received_count = 0;
    spin_unlock(&device->lock, were_on);
    free_all(waiting);
    free_all(received);
}

struct network_device *network_find(uint64_t deadline_ns)
{
    for (;;) {
        bool were_on = spin_lock(&list_lock);
        struct network_device *device = devices;

        while (device && device->next)
            device = device->next;
        spin_unlock(&list_lock, were_on);
        if (device || bottom_clock_ns() >= deadline_ns)
            return device;
        thread_sleep(LOOK_AGAIN_NS);
    }
}

/* ---- sending ---- */

/* All bytes in one page; false: they do not fit, or there is no memory. */
static bool make_one_piece(struct packet *packet)
{
    uint64_t pfn = packet->bytes <= PAGE_SIZE ? page_alloc() : 0;

    if (!pfn)
        return false;
    if (!packet_read(packet, 0, pfn_to_virt(pfn), packet->bytes)) {
        page_put(pfn);
        return false;
    }
    for (uint32_t i = 0; i < packet->fragment_count; i++)
        page_put(packet->fragments[i].pfn);
    packet->fragments[0] = (struct packet_fragment){ pfn, 0, packet->bytes };
    packet->fragment_count = 1;
    return true;
}

/* What the device cannot do is done here, but for the cutting of large packets. */
static bool prepare(const struct network_device *device, struct packet *packet)
{
    if (packet->gso && !device->can_gso)
        return false;
    if (packet->checksum_is_blank && !device->can_checksum)
        packet_fill_checksum(packet);
    return device->can_scatter || packet->fragment_count == 1 || make_one_piece(packet);
}

/* With the device's lock held. */
static void send_waiting(struct network_device *device)
{
    while (device->waiting) {
        struct packet *packet = device->waiting;
        struct packet *next = packet->next;

        if (!device->driver->send(device, packet))
            return;
        device->packets_sent++;
        device->waiting_count--;
        device->waiting = next;
        if (!next)
            device->waiting_tail = &device->waiting;
    }
}

void network_send(struct network_device *device, struct packet *packet)
{
    bool can_be_sent = prepare(device, packet);
    bool were_on = spin_lock(&device->lock);
    bool is_taken = can_be_sent && device->is_up && device->waiting_count < NETWORK_WAITING_LIMIT;

    if (is_taken) {
        packet->next = NULL;
        *device->waiting_tail = packet;
        device->waiting_tail = &packet->next;
        device->waiting_count++;
        send_waiting(device);
    } else {
        device->packets_dropped++;
    }
    spin_unlock(&device->lock, were_on);
    if (!is_taken)
        packet_free(packet);
}

void network_restart(struct network_device *device)
{
    bool were_on = spin_lock(&device->lock);

    if (device->is_up)
        send_waiting(device);
    spin_unlock(&device->lock, were_on);
}

/* ---- receiving ---- */

void network_receive(struct network_device *device, struct packet *packet)
{
    bool were_on = spin_lock(&device->lock);
    bool is_taken = device->is_up && device->received_count < NETWORK_WAITING_LIMIT;

    if (is_taken) {
        packet->next = NULL;
        *device->received_tail = packet;
        device->received_tail = &packet->next;
        device->received_count++;
        device->packets_received++;
    } else {
        device->packets_dropped++;
    }
    spin_unlock(&device->lock, were_on);
    if (is_taken)
        semaphore_up(&device->has_received);
    else
        packet_free(packet);
}

struct packet *network_take(struct network_device *device, uint64_t deadline_ns)
{
    struct packet *packet = NULL;

    while (!packet && semaphore_down_until(&device->has_received, deadline_ns)) {
        bool were_on = spin_lock(&device->lock);

        packet = device->received;
        if (packet) {
            device->received = packet->next;
            device->received_count--;
            if (!device->received)
                device->received_tail = &device->received;
        }
        spin_unlock(&device->lock, were_on);
    }
    return packet;
}
