/* SPDX-License-Identifier: MIT */
/*
 * IDE disks behind a PCI controller with bus-master DMA, as the PIIX is: "hda" to "hdd".
 *
 * A channel does one command at a time, for either of its two disks. Data move by DMA only; the
 * controller reads from memory a list of pieces, none of which crosses 64 KiB.
 */
#include "devices/block.h"
#include "kernel/bottom.h"
#include "kernel/page.h"
#include "kernel/print.h"
#include "kernel/text.h"
#include "native/native.h"
#include "native/pci.h"
#include "native/x86.h"

/* Registers of a channel, from its command port. */
#define REG_DATA    0u
#define REG_COUNT   2u
#define REG_LBA_0   3u
#define REG_LBA_8   4u
#define REG_LBA_16  5u
#define REG_DRIVE   6u
#define REG_COMMAND 7u /* and status */

#define STATUS_ERROR   0x01u
#define STATUS_REQUEST 0x08u
#define STATUS_FAULT   0x20u
#define STATUS_BUSY    0x80u

#define COMMAND_READ_DMA_EXT  0x25u
#define COMMAND_WRITE_DMA_EXT 0x35u
#define COMMAND_FLUSH_EXT     0xeau
#define COMMAND_IDENTIFY      0xecu

#define DRIVE_LBA 0x40u

/* Registers of the bus master, from the channel's port. */
#define MASTER_COMMAND   0u
#define MASTER_STATUS    2u
#define MASTER_TABLE     4u
#define MASTER_START     0x01u
#define MASTER_TO_MEMORY 0x08u
#define MASTER_ERROR     0x02u
#define MASTER_INTERRUPT 0x04u

#define PIECE_LAST 0x80000000u

struct dma_piece {
    uint32_t address;
    uint32_t bytes; /* 64 KiB is 0; PIECE_LAST */
};

struct ide_channel {
    uint16_t port, master;
    struct dma_piece *pieces; /* one page */
    struct spinlock lock;     /* guards the rest */
    struct block_request *request;
    struct ide_disk *busy_disk;
    struct ide_disk *disks[2];
};

struct ide_disk {
    struct block_device block;
    struct ide_channel *channel;
    uint8_t unit;
};

static struct ide_channel channels[2] = { { .port = 0x1f0 }, { .port = 0x170 } };
static struct ide_disk disks[4];

static uint8_t wait_ready(const struct ide_channel *channel)
{
    uint8_t status;

    while ((status = in8(channel->port + REG_COMMAND)) & STATUS_BUSY)
        __builtin_ia32_pause();
    return status;
}

/* 48-bit commands take each register twice, the high half first. */
static void send_command(const struct ide_disk *disk, uint8_t command, uint64_t sector,
                         uint64_t count)
{
    uint16_t port = disk->channel->port;

    out8(port + REG_DRIVE, (uint8_t)(DRIVE_LBA | (uint32_t)disk->unit << 4));
    wait_ready(disk->channel);
    out8(port + REG_COUNT, (uint8_t)(count >> 8));
    out8(port + REG_LBA_0, (uint8_t)(sector >> 24));
    out8(port + REG_LBA_8, (uint8_t)(sector >> 32));
    out8(port + REG_LBA_16, (uint8_t)(sector >> 40));
    out8(port + REG_COUNT, (uint8_t)count);
    out8(port + REG_LBA_0, (uint8_t)sector);
    out8(port + REG_LBA_8, (uint8_t)(sector >> 8));
    out8(port + REG_LBA_16, (uint8_t)(sector >> 16));
    out8(port + REG_COMMAND, command);
}

static void prepare_dma(const struct ide_channel *channel, const struct block_request *request)
{
    for (uint32_t i = 0; i < request->segment_count; i++) {
        const struct block_segment *segment = &request->segments[i];

        channel->pieces[i] =
            (struct dma_piece){ (uint32_t)(segment->pfn << PAGE_SHIFT) + segment->offset,
                                segment->bytes };
    }
    channel->pieces[request->segment_count - 1].bytes |= PIECE_LAST;
    out32(channel->master + MASTER_TABLE, (uint32_t)virt_to_pfn(channel->pieces) << PAGE_SHIFT);
    out8(channel->master + MASTER_STATUS, MASTER_ERROR | MASTER_INTERRUPT);
}

static enum block_start ide_start(struct block_device *device, struct block_request *request)
{
    struct ide_disk *disk = (struct ide_disk *)device;
    struct ide_channel *channel = disk->channel;
    bool were_on = spin_lock(&channel->lock);
    bool is_busy = channel->request;

    if (!is_busy) {
        channel->request = request;
        channel->busy_disk = disk;
        if (request->operation == BLOCK_FLUSH) {
            send_command(disk, COMMAND_FLUSH_EXT, 0, 0);
        } else {
            bool is_read = request->operation == BLOCK_READ;

            prepare_dma(channel, request);
            send_command(disk, is_read ? COMMAND_READ_DMA_EXT : COMMAND_WRITE_DMA_EXT,
                         request->sector, block_request_bytes(request) / SECTOR_BYTES);
            out8(channel->master + MASTER_COMMAND, MASTER_START | (is_read ? MASTER_TO_MEMORY : 0));
        }
    }
    spin_unlock(&channel->lock, were_on);
    return is_busy ? BLOCK_BUSY : BLOCK_STARTED;
}

static void ide_kick(struct block_device *device)
{
    (void)device;
}

static void ide_interrupt(void *context)
{
    struct ide_channel *channel = context;
    bool were_on = spin_lock(&channel->lock);
    uint8_t master = in8(channel->master + MASTER_STATUS);
    uint8_t status = in8(channel->port + REG_COMMAND); /* takes the interrupt back */
    struct block_request *request = channel->request;
    struct ide_disk *disk = channel->busy_disk;

    if (!request || (status & STATUS_BUSY)) {
        spin_unlock(&channel->lock, were_on);
        return;
    }
    out8(channel->master + MASTER_COMMAND, 0);
    out8(channel->master + MASTER_STATUS, MASTER_ERROR | MASTER_INTERRUPT);
    channel->request = NULL;
    spin_unlock(&channel->lock, were_on);

    bool has_failed = (status & (STATUS_ERROR | STATUS_FAULT)) ||
                      (request->operation != BLOCK_FLUSH && (master & MASTER_ERROR));

    block_complete(&disk->block, request, has_failed ? BLOCK_ERROR : BLOCK_OK);
    for (uint32_t i = 0; i < ARRAY_LENGTH(channel->disks); i++) {
        if (channel->disks[i])
            block_restart(&channel->disks[i]->block);
    }
}

static const struct block_driver ide_driver = { .start = ide_start, .kick = ide_kick };

/* The 256 words of IDENTIFY; false: no disk there. Polled, before interrupts are served. */
static bool identify(struct ide_channel *channel, uint8_t unit, uint16_t words[256])
{
    uint16_t port = channel->port;

    out8(port + REG_DRIVE, (uint8_t)(0xa0u | (uint32_t)unit << 4));
    if (in8(port + REG_COMMAND) == 0xff)
        return false;
    out8(port + REG_LBA_8, 0);
    out8(port + REG_LBA_16, 0);
    out8(port + REG_COMMAND, COMMAND_IDENTIFY);
    if (in8(port + REG_COMMAND) == 0)
        return false;
    uint8_t status = wait_ready(channel);

    if ((status & STATUS_ERROR) || !(status & STATUS_REQUEST))
        return false; /* nothing, or a CD-ROM drive, which says that another command is for it */
    for (uint32_t i = 0; i < 256; i++)
        words[i] = in16(port + REG_DATA);
    return true;
}

static void find_disk(struct ide_channel *channel, uint8_t unit)
{
    static uint16_t words[256];
    uint32_t number = (uint32_t)(channel - channels) * 2 + unit;
    struct ide_disk *disk = &disks[number];

    if (!identify(channel, unit, words))
        return;
    if (!(words[83] & 1u << 10)) {
        print("block: hd%c has no 48-bit addresses, left alone\n", (char)('a' + number));
        return;
    }
    disk->channel = channel;
    disk->unit = unit;
    copy_text(disk->block.name, "hda", BLOCK_NAME_BYTES);
    disk->block.name[2] = (char)('a' + number);
    disk->block.sector_count = (uint64_t)words[100] | (uint64_t)words[101] << 16 |
                               (uint64_t)words[102] << 32 | (uint64_t)words[103] << 48;
    disk->block.sector_bytes = SECTOR_BYTES;
    disk->block.depth = 1;
    disk->block.segment_limit = BLOCK_SEGMENT_LIMIT;
    disk->block.can_flush = true;
    disk->block.driver = &ide_driver;
    channel->disks[unit] = disk;
}

void ide_find(void)
{
    struct pci_device pci = PCI_BEFORE_FIRST;

    /* Class 1, subclass 1, on the ports of old, able to be bus master. */
    if (!pci_find(&pci, PCI_CLASS, 0xffff8500, 0x01018000))
        return;
    pci_enable(&pci);
    uint16_t master = (uint16_t)(pci_read(&pci, PCI_BAR + 4 * 4) & 0xfff0);

    for (uint32_t i = 0; i < ARRAY_LENGTH(channels); i++) {
        struct ide_channel *channel = &channels[i];
        uint64_t pfn = page_alloc();

        if (!pfn)
            return;
        channel->pieces = pfn_to_virt(pfn);
        channel->master = (uint16_t)(master + i * 8);
        find_disk(channel, 0);
        find_disk(channel, 1);
        in8(channel->port + REG_COMMAND);
        ioapic_serve(14 + i, false, ide_interrupt, channel);
        for (uint32_t unit = 0; unit < 2; unit++) {
            if (channel->disks[unit])
                block_register(&channel->disks[unit]->block);
        }
    }
}
