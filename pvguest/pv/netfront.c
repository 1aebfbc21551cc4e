/* SPDX-License-Identifier: MIT */
/*
 * Paravirtual network devices, the steps of xenbus: what this end and the backend agree on.
 *
 * Words of the command line switch off what would be used otherwise, so that each way can be
 * tested: netfront.queues, .split, .sg, .gso, .checksum (= a number).
 */
#include "pv/netfront.h"

#include "kernel/bottom.h"
#include "kernel/page.h"
#include "kernel/print.h"
#include "kernel/text.h"

#define MTU         1500u
#define QUEUE_PAGES ((uint32_t)((sizeof(struct netfront_queue) + PAGE_SIZE - 1) / PAGE_SIZE))

static bool is_wanted(const char *option)
{
    return option_number(boot_info.command_line, option, 1);
}

static bool is_offered(const struct netfront *front, const char *node)
{
    return xenbus_read_number(front->bus->backend, node, 0);
}

/* ---- a new device ---- */

static bool parse_mac(const char *text, uint8_t mac[MAC_BYTES])
{
    for (uint32_t i = 0; i < MAC_BYTES; i++) {
        uint32_t value = 0;

        for (uint32_t digit = 0; digit < 2; digit++, text++) {
            char c = *text;

            if (c >= '0' && c <= '9')
                value = value * 16 + (uint32_t)(c - '0');
            else if ((c | 32) >= 'a' && (c | 32) <= 'f')
                value = value * 16 + (uint32_t)((c | 32) - 'a' + 10);
            else
                return false;
        }
        mac[i] = (uint8_t)value;
        if (i + 1 < MAC_BYTES && *text++ != ':')
            return false;
    }
    return true;
}

static bool probe(struct xenbus_device *device)
{
    char mac[20];
    struct netfront *front = kmalloc(sizeof(*front));

    if (!front)
        return false;
    if (xenbus_read(device->node, NETIF_NODE_MAC, mac, sizeof(mac)) ||
        !parse_mac(mac, front->network.mac)) {
        xenbus_report(device, "no address, or none that can be read");
        kfree(front, sizeof(*front));
        return false;
    }
    front->bus = device;
    front->network.driver = &netfront_network_driver;
    front->network.mtu = (uint32_t)xenbus_read_number(device->node, "mtu", MTU);
    device->data = front;
    return true;
}

/* ---- the backend waits: rings and ports ---- */

static void publish_queue(struct xenbus_nodes *nodes, const struct netfront *front, uint32_t number)
{
    const struct netfront_queue *queue = front->queues[number];
    char folder[16] = "";

    if (front->queue_count > 1)
        format_text(folder, sizeof(folder), "queue-%u/", number);
    xenbus_add_number(nodes, folder, NETIF_NODE_TX_RING_REF, queue->tx_ref);
    xenbus_add_number(nodes, folder, NETIF_NODE_RX_RING_REF, queue->rx_ref);
    if (front->has_split_ports) {
        xenbus_add_number(nodes, folder, NETIF_NODE_EVENT_CHANNEL_TX, queue->tx_port);
        xenbus_add_number(nodes, folder, NETIF_NODE_EVENT_CHANNEL_RX, queue->rx_port);
    } else {
        xenbus_add_number(nodes, folder, NETIF_NODE_EVENT_CHANNEL, queue->tx_port);
    }
}

static int publish(struct netfront *front)
{
    static struct xenbus_nodes nodes; /* of the bus's thread; large for a stack */
    bool has_checksum = is_wanted("netfront.checksum");
    bool has_scatter = is_wanted("netfront.sg");
    bool has_gso = has_checksum && has_scatter && is_wanted("netfront.gso");

    nodes.count = 0;
    nodes.is_too_long = false;
    if (front->queue_count > 1)
        xenbus_add_number(&nodes, "", NETIF_NODE_MULTI_QUEUE_NUM_QUEUES, front->queue_count);
    for (uint32_t i = 0; i < front->queue_count; i++)
        publish_queue(&nodes, front, i);
    xenbus_add_number(&nodes, "", NETIF_NODE_REQUEST_RX_COPY, 1);
    xenbus_add_number(&nodes, "", NETIF_NODE_FEATURE_RX_NOTIFY, 1);
    xenbus_add_number(&nodes, "", NETIF_NODE_FEATURE_SG, has_scatter);
    xenbus_add_number(&nodes, "", NETIF_NODE_FEATURE_GSO_TCPV4, has_gso);
    xenbus_add_number(&nodes, "", NETIF_NODE_FEATURE_GSO_TCPV6, has_gso);
    xenbus_add_number(&nodes, "", NETIF_NODE_FEATURE_NO_CSUM_OFFLOAD, !has_checksum);
    xenbus_add_number(&nodes, "", NETIF_NODE_FEATURE_IPV6_CSUM_OFFLOAD, has_checksum);
    return xenbus_publish(front->bus, &nodes);
}

static int open_queues(struct netfront *front, uint32_t wanted)
{
    while (front->queue_count < wanted) {
        uint64_t first = pages_alloc(QUEUE_PAGES);
        struct netfront_queue *queue = pfn_to_virt(first);

        if (!first)
            return -XEN_ENOMEM;
        queue->front = front;
        front->queues[front->queue_count] = queue;
        int error = netfront_queue_open(queue, front->queue_count++);

        if (error)
            return error;
    }
    return 0;
}

static uint32_t wanted_queues(const struct netfront *front)
{
    uint64_t theirs = xenbus_read_number(front->bus->backend, NETIF_NODE_MULTI_QUEUE_MAX_QUEUES, 1);
    uint64_t ours = option_number(boot_info.command_line, "netfront.queues", NETFRONT_QUEUES);

    if (ours > bottom_cpu_count())
        ours = bottom_cpu_count();
    if (ours > NETFRONT_QUEUES)
        ours = NETFRONT_QUEUES;
    if (theirs < ours)
        ours = theirs;
    return ours ? (uint32_t)ours : 1;
}

static enum xenbus_state negotiate(struct xenbus_device *device)
{
    struct netfront *front = device->data;

    if (!is_offered(front, NETIF_NODE_FEATURE_RX_COPY)) {
        xenbus_report(device, "the backend does not copy what is received");
        return XenbusStateClosing;
    }
    front->has_split_ports =
        is_wanted("netfront.split") && is_offered(front, NETIF_NODE_FEATURE_SPLIT_EVENT_CHANNELS);
    front->network.can_scatter =
        is_wanted("netfront.sg") && is_offered(front, NETIF_NODE_FEATURE_SG);
    front->network.can_checksum =
        is_wanted("netfront.checksum") && !is_offered(front, NETIF_NODE_FEATURE_NO_CSUM_OFFLOAD);
    front->network.can_gso = front->network.can_scatter && front->network.can_checksum &&
                             is_wanted("netfront.gso") &&
                             is_offered(front, NETIF_NODE_FEATURE_GSO_TCPV4);
    int error = open_queues(front, wanted_queues(front));

    if (!error)
        error = publish(front);
    if (!error)
        return XenbusStateConnected;
    xenbus_report(device, "no rings, or they cannot be published");
    return XenbusStateClosing;
}

/* ---- the backend is connected: packets flow ---- */

static enum xenbus_state connected(struct xenbus_device *device)
{
    struct netfront *front = device->data;

    if (front->is_registered)
        return XenbusStateConnected;
    front->is_registered = true;
    network_register(&front->network);
    print("netfront: %s: %u queue%s, %s\n", front->network.name, front->queue_count,
          front->queue_count > 1 ? "s" : "",
          front->has_split_ports ? "a port each way" : "one port for both ways");
    /* The backend may have come after the first pages were posted. */
    for (uint32_t i = 0; i < front->queue_count; i++)
        netfront_interrupt(front->queues[i]);
    return XenbusStateConnected;
}

/* ---- the end ---- */

static void disconnect(struct xenbus_device *device, bool is_alive)
{
    struct netfront *front = device->data;

    (void)is_alive; /* networks lose packets */
    if (front->is_registered) {
        network_unregister(&front->network);
        print("netfront: %s has gone\n", front->network.name);
    }
    front->is_registered = false;
    while (front->queue_count) {
        struct netfront_queue *queue = front->queues[--front->queue_count];
        uint64_t first = virt_to_pfn(queue);

        netfront_queue_close(queue);
        for (uint32_t i = 0; i < QUEUE_PAGES; i++)
            page_put(first + i);
    }
}

/* Whoever used the device may still hold it, so it is never given back. */
static void forget(struct xenbus_device *device)
{
    struct netfront *front = device->data;

    front->bus = NULL;
}

const struct xenbus_driver netfront_driver = {
    .type = "vif",
    .probe = probe,
    .negotiate = negotiate,
    .connected = connected,
    .disconnect = disconnect,
    .forget = forget,
};
