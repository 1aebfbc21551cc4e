/* SPDX-License-Identifier: MIT */
/*
 * Intel's e1000 (82540EM), as QEMU emulates it: a ring of descriptors each way.
 *
 * The driver owns descriptors from `tail` on, the card those before. A packet of several pieces
 * takes a descriptor for each; a blank checksum takes one more in front, which says where it
 * belongs. References are to Intel's PCI/PCI-X Family of Gigabit Ethernet Controllers Software
 * Developer's Manual.
 */
#include "devices/network.h"
#include "kernel/bottom.h"
#include "kernel/page.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "native/native.h"
#include "native/pci.h"

#define E1000_ID        0x100e8086u
#define REGISTERS_BYTES 0x20000u

/* Registers (13.4). */
#define REG_CONTROL      0x0000u
#define REG_INTERRUPTS   0x00c0u /* reading clears */
#define REG_MASK_SET     0x00d0u
#define REG_MASK_CLEAR   0x00d8u
#define REG_RX_CONTROL   0x0100u
#define REG_TX_CONTROL   0x0400u
#define REG_TX_GAP       0x0410u
#define REG_RX_BASE      0x2800u
#define REG_RX_BASE_HIGH 0x2804u
#define REG_RX_BYTES     0x2808u
#define REG_RX_HEAD      0x2810u
#define REG_RX_TAIL      0x2818u
#define REG_TX_BASE      0x3800u
#define REG_TX_BASE_HIGH 0x3804u
#define REG_TX_BYTES     0x3808u
#define REG_TX_HEAD      0x3810u
#define REG_TX_TAIL      0x3818u
#define REG_MULTICAST    0x5200u /* 128 words */
#define REG_ADDRESS      0x5400u
#define REG_ADDRESS_HIGH 0x5404u

#define CONTROL_LINK_UP      0x40u
#define CONTROL_RESET        0x04000000u
#define INTERRUPT_TX_DONE    0x01u
#define INTERRUPT_LINK       0x04u
#define INTERRUPT_RX_LOW     0x10u
#define INTERRUPT_RX_LOST    0x40u
#define INTERRUPT_RX         0x80u
#define RX_CONTROL_ENABLE    0x02u
#define RX_CONTROL_BROADCAST 0x8000u
#define RX_CONTROL_STRIP_CRC 0x04000000u
#define TX_CONTROL_ENABLE    0x02u
#define TX_CONTROL_PAD       0x08u
#define TX_CONTROL_DEFAULTS  0x0003f0f0u /* collision threshold and distance (13.4.33) */
#define TX_GAP_DEFAULTS      0x0060200au

#define RING_ENTRIES 64u
#define BUFFER_BYTES 2048u

struct rx_descriptor {
    uint64_t address;
    uint16_t bytes, checksum;
    uint8_t status, errors;
    uint16_t special;
};

#define RX_DONE 0x01u
#define RX_LAST 0x02u

/* Data and context descriptors (3.3.6, 3.3.7). */
struct tx_descriptor {
    uint64_t first;  /* address, or where checksums are */
    uint32_t second; /* bytes, type, command */
    uint8_t status;
    uint8_t options;
    uint16_t special;
};

#define TX_TYPE_CONTEXT    0x00000000u
#define TX_TYPE_DATA       0x00100000u
#define TX_LAST            0x01000000u
#define TX_ADD_CRC         0x02000000u
#define TX_REPORT          0x08000000u
#define TX_EXTENDED        0x20000000u
#define TX_DONE            0x01u
#define TX_OPTION_CHECKSUM 0x02u

struct e1000 {
    struct network_device network;
    volatile uint32_t *registers;
    struct spinlock lock; /* guards both rings */
    volatile struct rx_descriptor *rx;
    volatile struct tx_descriptor *tx;
    uint64_t rx_pfns[RING_ENTRIES];
    struct packet *tx_packets[RING_ENTRIES]; /* with the last descriptor of a packet */
    uint32_t rx_next, tx_next, tx_clean;
};

static struct e1000 card;

static void card_write(uint32_t reg, uint32_t value)
{
    card.registers[reg / 4] = value;
}

static uint32_t card_read(uint32_t reg)
{
    return card.registers[reg / 4];
}

/* ---- sending ---- */

static uint32_t tx_free(void)
{
    return RING_ENTRIES - 1 - (card.tx_next - card.tx_clean);
}

static volatile struct tx_descriptor *tx_take(void)
{
    return &card.tx[card.tx_next++ % RING_ENTRIES];
}

static void put_context(const struct packet *packet)
{
    volatile struct tx_descriptor *descriptor = tx_take();
    uint64_t start = packet->checksum_start;

    descriptor->first = start << 32 | (start + packet->checksum_offset) << 40;
    descriptor->second = TX_EXTENDED | TX_TYPE_CONTEXT | TX_REPORT;
    descriptor->status = 0;
}

static void put_data(struct packet *packet)
{
    for (uint32_t i = 0; i < packet->fragment_count; i++) {
        const struct packet_fragment *fragment = &packet->fragments[i];
        bool is_last = i + 1 == packet->fragment_count;
        volatile struct tx_descriptor *descriptor = tx_take();

        descriptor->first = (fragment->pfn << PAGE_SHIFT) + fragment->offset;
        descriptor->options = packet->checksum_is_blank ? TX_OPTION_CHECKSUM : 0;
        descriptor->status = 0;
        descriptor->second = fragment->bytes | TX_EXTENDED | TX_TYPE_DATA | TX_ADD_CRC | TX_REPORT |
                             (is_last ? TX_LAST : 0);
    }
    card.tx_packets[(card.tx_next - 1) % RING_ENTRIES] = packet;
}

static bool e1000_send(struct network_device *device, struct packet *packet)
{
    (void)device;
    bool were_on = spin_lock(&card.lock);
    bool has_room = tx_free() >= packet->fragment_count + packet->checksum_is_blank;

    if (has_room) {
        if (packet->checksum_is_blank)
            put_context(packet);
        put_data(packet);
        card_write(REG_TX_TAIL, card.tx_next % RING_ENTRIES);
    }
    spin_unlock(&card.lock, were_on);
    return has_room;
}

/* With the lock held: packets that have gone out, as a list. */
static struct packet *tx_take_done(void)
{
    struct packet *done = NULL;

    while (card.tx_clean != card.tx_next) {
        uint32_t slot = card.tx_clean % RING_ENTRIES;

        if (!(card.tx[slot].status & TX_DONE))
            break;
        if (card.tx_packets[slot]) {
            card.tx_packets[slot]->next = done;
            done = card.tx_packets[slot];
        }
        card.tx_packets[slot] = NULL;
        card.tx_clean++;
    }
    return done;
}

/* ---- receiving ---- */

static void rx_post(uint32_t slot)
{
    card.rx[slot].address = card.rx_pfns[slot] << PAGE_SHIFT;
    card.rx[slot].status = 0;
}

/* With the lock held: the page of a whole packet leaves the ring, if another one takes its place. */
static struct packet *rx_take(uint32_t slot)
{
    bool is_whole = (card.rx[slot].status & RX_LAST) && !card.rx[slot].errors;
    struct packet *packet = is_whole ? packet_alloc(0, 0) : NULL;
    uint64_t fresh = packet ? page_alloc() : 0;

    if (fresh && packet_add(packet, (struct packet_fragment){ card.rx_pfns[slot], 0,
                                                              card.rx[slot].bytes })) {
        card.rx_pfns[slot] = fresh;
        return packet;
    }
    if (packet)
        packet_free(packet);
    return NULL;
}

static struct packet *rx_take_all(void)
{
    struct packet *received = NULL, **tail = &received;

    while (card.rx[card.rx_next].status & RX_DONE) {
        struct packet *packet = rx_take(card.rx_next);

        if (packet) {
            *tail = packet;
            tail = &packet->next;
        }
        rx_post(card.rx_next);
        card_write(REG_RX_TAIL, card.rx_next);
        card.rx_next = (card.rx_next + 1) % RING_ENTRIES;
    }
    return received;
}

static void e1000_refill(struct network_device *device)
{
    (void)device; /* the ring is always full */
}

static void e1000_interrupt(void *context)
{
    (void)context;
    if (!card_read(REG_INTERRUPTS))
        return;
    bool were_on = spin_lock(&card.lock);
    struct packet *done = tx_take_done();
    struct packet *received = rx_take_all();

    spin_unlock(&card.lock, were_on);
    while (done) {
        struct packet *next = done->next;

        packet_free(done);
        done = next;
    }
    while (received) {
        struct packet *next = received->next;

        network_receive(&card.network, received);
        received = next;
    }
    network_restart(&card.network);
}

static const struct network_driver e1000_driver = { .send = e1000_send, .refill = e1000_refill };

/* ---- start ---- */

static bool make_rings(void)
{
    uint64_t rx = page_alloc(), tx = page_alloc();

    if (!rx || !tx)
        return false;
    card.rx = pfn_to_virt(rx);
    card.tx = pfn_to_virt(tx);
    for (uint32_t slot = 0; slot < RING_ENTRIES; slot++) {
        card.rx_pfns[slot] = page_alloc();
        if (!card.rx_pfns[slot])
            return false;
        rx_post(slot);
    }
    card_write(REG_RX_BASE, (uint32_t)rx << PAGE_SHIFT);
    card_write(REG_RX_BASE_HIGH, 0);
    card_write(REG_RX_BYTES, RING_ENTRIES * sizeof(struct rx_descriptor));
    card_write(REG_RX_HEAD, 0);
    card_write(REG_RX_TAIL, RING_ENTRIES - 1);
    card_write(REG_TX_BASE, (uint32_t)tx << PAGE_SHIFT);
    card_write(REG_TX_BASE_HIGH, 0);
    card_write(REG_TX_BYTES, RING_ENTRIES * sizeof(struct tx_descriptor));
    card_write(REG_TX_HEAD, 0);
    card_write(REG_TX_TAIL, 0);
    return true;
}

static void read_address(void)
{
    uint32_t low = card_read(REG_ADDRESS), high = card_read(REG_ADDRESS_HIGH);

    for (uint32_t i = 0; i < MAC_BYTES; i++)
        card.network.mac[i] = (uint8_t)(i < 4 ? low >> 8 * i : high >> 8 * (i - 4));
}

static void enable(void)
{
    card_write(REG_CONTROL, card_read(REG_CONTROL) | CONTROL_LINK_UP);
    for (uint32_t i = 0; i < 128; i++)
        card_write(REG_MULTICAST + 4 * i, 0);
    card_write(REG_TX_GAP, TX_GAP_DEFAULTS);
    card_write(REG_TX_CONTROL, TX_CONTROL_ENABLE | TX_CONTROL_PAD | TX_CONTROL_DEFAULTS);
    card_write(REG_RX_CONTROL, RX_CONTROL_ENABLE | RX_CONTROL_BROADCAST | RX_CONTROL_STRIP_CRC);
    card_write(REG_MASK_SET, INTERRUPT_TX_DONE | INTERRUPT_LINK | INTERRUPT_RX_LOW |
                                 INTERRUPT_RX_LOST | INTERRUPT_RX);
}

void e1000_find(void)
{
    struct pci_device pci = PCI_BEFORE_FIRST;

    if (!pci_find(&pci, PCI_ID, ~0u, E1000_ID))
        return;
    pci_enable(&pci);
    card.registers = map_device(pci_read(&pci, PCI_BAR) & ~0xfu, REGISTERS_BYTES);
    if (!card.registers)
        return;
    card_write(REG_MASK_CLEAR, ~0u);
    card_write(REG_CONTROL, CONTROL_RESET);
    card_read(REG_CONTROL);
    card_write(REG_MASK_CLEAR, ~0u);
    if (!make_rings()) {
        print("net: not enough memory for the rings of the e1000\n");
        return;
    }
    read_address();
    card.network.mtu = 1500;
    card.network.can_scatter = true;
    card.network.can_checksum = true;
    card.network.driver = &e1000_driver;
    network_register(&card.network);
    ioapic_serve(pci_read(&pci, PCI_INTERRUPT) & 0xff, true, e1000_interrupt, NULL);
    enable();
}
