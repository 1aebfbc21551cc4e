/* SPDX-License-Identifier: MIT */
#include "kernel/kernel_image.h"

#include <elf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/decompress.h"

/* The header of a bzImage (Linux, Documentation/x86/boot.rst). */
#define BZ_SETUP_SECTORS  0x1f1
#define BZ_MAGIC          0x202
#define BZ_VERSION        0x206
#define BZ_PAYLOAD_OFFSET 0x248
#define BZ_PAYLOAD_LENGTH 0x24c
#define BZ_HEADER_BYTES   0x250
#define BZ_VERSION_MIN    0x0208u
#define BZ_SECTOR_BYTES   512u
#define BZ_SIZE_BYTES     4u /* the unpacked size, after the packed payload */

static uint32_t read_le(const uint8_t *from, size_t bytes)
{
    uint32_t value = 0;

    while (bytes--)
        value = value << 8 | from[bytes];
    return value;
}

static bool is_elf(const uint8_t *data, size_t bytes)
{
    return bytes >= sizeof(Elf64_Ehdr) && !memcmp(data, ELFMAG, SELFMAG);
}

static bool is_bzimage(const struct buffer *file)
{
    return file->bytes >= BZ_HEADER_BYTES && !memcmp(file->data + BZ_MAGIC, "HdrS", 4);
}

static int find_payload(const struct buffer *file, const char *name, struct buffer *payload,
                        struct error *error)
{
    uint32_t version = read_le(file->data + BZ_VERSION, 2);
    uint32_t sectors = file->data[BZ_SETUP_SECTORS] ? file->data[BZ_SETUP_SECTORS] : 4;
    uint64_t start = (sectors + 1) * (uint64_t)BZ_SECTOR_BYTES;
    uint64_t length = read_le(file->data + BZ_PAYLOAD_LENGTH, 4);

    if (version < BZ_VERSION_MIN)
        return error_set(error, ERROR_UNSUPPORTED, "PV-E0410",
                         "%s: boot protocol %u.%02u is too old, 2.08 is the first with a payload",
                         name, version >> 8, version & 0xff);
    start += read_le(file->data + BZ_PAYLOAD_OFFSET, 4);
    if (start > file->bytes || length > file->bytes - start || length <= BZ_SIZE_BYTES) {
        error_set(error, ERROR_INPUT, "PV-E0310",
                  "%s: the kernel should be %llu bytes at %llu, but the file has %zu", name,
                  (unsigned long long)length, (unsigned long long)start, file->bytes);
        return error_hint(error, "the file is cut off; copy or install it again");
    }
    *payload = (struct buffer){ file->data + start, (size_t)length };
    return 0;
}

static int copy_buffer(const struct buffer *from, struct buffer *to, struct error *error)
{
    to->data = malloc(from->bytes);
    to->bytes = from->bytes;
    if (!to->data)
        return error_set(error, ERROR_RESOURCES, "PV-E0703", "no memory for a kernel of %zu bytes",
                         from->bytes);
    memcpy(to->data, from->data, from->bytes);
    return 0;
}

static int unpack(const struct buffer *packed, const char *name, size_t limit, struct buffer *elf,
                  struct error *error)
{
    const struct compression *compression = compression_of(packed->data, packed->bytes);

    if (!compression) {
        error_set(error, ERROR_UNSUPPORTED, "PV-E0411",
                  "%s is neither an ELF file nor compressed with gzip, xz, zstd or lz4", name);
        return error_hint(error, "give a Linux bzImage or the ELF file of a PV64 kernel");
    }
    if (compression->unpack(packed, limit, elf)) {
        error_set(error, ERROR_INPUT, "PV-E0311",
                  "%s: its %s data are damaged, or unpack to more than %zu MiB", name,
                  compression->name, limit >> 20);
        return error_hint(error, "copy or install the kernel again");
    }
    if (is_elf(elf->data, elf->bytes))
        return 0;
    free(elf->data);
    error_set(error, ERROR_UNSUPPORTED, "PV-E0412", "%s: what it unpacks to is no ELF file", name);
    return error_hint(error, "give a Linux bzImage or the ELF file of a PV64 kernel");
}

int kernel_image_extract(const struct buffer *file, const char *name, size_t limit,
                         struct buffer *elf, struct error *error)
{
    struct buffer payload = *file;

    if (is_bzimage(file) && find_payload(file, name, &payload, error))
        return -1;
    if (is_elf(payload.data, payload.bytes))
        return copy_buffer(&payload, elf, error);
    return unpack(&payload, name, limit, elf, error);
}
