/* SPDX-License-Identifier: MIT */
#include "devices/packet.h"

#include "kernel/page.h"
#include "kernel/string.h"

bool packet_add(struct packet *packet, struct packet_fragment fragment)
{
    if (packet->fragment_count == PACKET_FRAGMENTS)
        return false;
    packet->fragments[packet->fragment_count++] = fragment;
    packet->bytes += fragment.bytes;
    return true;
}

static bool add_pages(struct packet *packet, uint32_t bytes)
{
    while (bytes) {
        uint32_t size = bytes < PAGE_SIZE ? bytes : (uint32_t)PAGE_SIZE;
        uint64_t pfn = page_alloc();

        if (!pfn)
            return false;
        if (!packet_add(packet, (struct packet_fragment){ pfn, 0, size })) {
            page_put(pfn);
            return false;
        }
        bytes -= size;
    }
    return true;
}

struct packet *packet_alloc(uint32_t head, uint32_t bytes)
{
    struct packet *packet = kmalloc(sizeof(*packet));

    if (!packet)
        return NULL;
    if (head > bytes)
        head = bytes;
    if (add_pages(packet, head) && add_pages(packet, bytes - head))
        return packet;
    packet_free(packet);
    return NULL;
}

void packet_free(struct packet *packet)
{
    for (uint32_t i = 0; i < packet->fragment_count; i++)
        page_put(packet->fragments[i].pfn);
    kfree(packet, sizeof(*packet));
}

/* The bytes at @offset as far as they lie in one piece; their number, at most @bytes, in @length. */
static char *piece_at(const struct packet *packet, uint32_t offset, uint32_t bytes,
                      uint32_t *length)
{
    for (uint32_t i = 0; i < packet->fragment_count; i++) {
        const struct packet_fragment *fragment = &packet->fragments[i];

        if (offset < fragment->bytes) {
            uint32_t left = fragment->bytes - offset;

            *length = bytes < left ? bytes : left;
            return (char *)pfn_to_virt(fragment->pfn) + fragment->offset + offset;
        }
        offset -= fragment->bytes;
    }
    return NULL;
}

static bool has_bytes(const struct packet *packet, uint32_t offset, uint32_t bytes)
{
    return offset <= packet->bytes && bytes <= packet->bytes - offset;
}

bool packet_read(const struct packet *packet, uint32_t offset, void *to, uint32_t bytes)
{
    char *out = to;
    uint32_t length = 0;

    if (!has_bytes(packet, offset, bytes))
        return false;
    for (uint32_t done = 0; done < bytes; done += length) {
        const char *piece = piece_at(packet, offset + done, bytes - done, &length);

        if (!piece)
            return false;
        memcpy(out + done, piece, length);
    }
    return true;
}

bool packet_write(struct packet *packet, uint32_t offset, const void *from, uint32_t bytes)
{
    const char *in = from;
    uint32_t length = 0;

    if (!has_bytes(packet, offset, bytes))
        return false;
    for (uint32_t done = 0; done < bytes; done += length) {
        char *piece = piece_at(packet, offset + done, bytes - done, &length);

        if (!piece)
            return false;
        memcpy(piece, in + done, length);
    }
    return true;
}

uint64_t sum_bytes(const void *bytes, size_t count, uint64_t sum)
{
    const uint8_t *from = bytes;

    for (size_t i = 0; i + 1 < count; i += 2)
        sum += (uint32_t)from[i] | (uint32_t)from[i + 1] << 8;
    if (count & 1)
        sum += from[count - 1];
    return sum;
}

/* A piece that begins at an odd byte of the sum counts with its bytes swapped. */
uint64_t packet_sum(const struct packet *packet, uint32_t offset, uint32_t bytes, uint64_t sum)
{
    uint32_t length = 0;

    for (uint32_t done = 0; done < bytes; done += length) {
        const char *piece = piece_at(packet, offset + done, bytes - done, &length);

        if (!piece)
            break;
        if (done & 1)
            sum += swap16(sum_fold(sum_bytes(piece, length, 0)));
        else
            sum = sum_bytes(piece, length, sum);
    }
    return sum;
}

uint16_t sum_fold(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

void packet_fill_checksum(struct packet *packet)
{
    uint32_t start = packet->checksum_start;
    uint32_t field = start + packet->checksum_offset;

    if (packet->bytes < field + 2)
        return;
    uint16_t checksum = (uint16_t)~sum_fold(packet_sum(packet, start, packet->bytes - start, 0));

    if (!checksum)
        checksum = 0xffff; /* in UDP, 0 says that there is none */
    packet->checksum_is_blank = !packet_write(packet, field, &checksum, sizeof(checksum));
}
