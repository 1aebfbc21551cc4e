/* SPDX-License-Identifier: MIT */
/* The ways a kernel may be compressed, each by the library that owns the format. */
#include "kernel/decompress.h"

#include <lz4.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define FIRST_BYTES     (4UL << 20)
#define LZMA_MEMORY_MAX (256UL << 20)
#define LZ4_CHUNK_BYTES (8UL << 20)
#define LZ4_CHUNK_MAX   LZ4_COMPRESSBOUND(LZ4_CHUNK_BYTES)

/* Room for more output, at most @limit in all. */
static bool grow(struct buffer *out, size_t *capacity, size_t limit)
{
    size_t wanted = *capacity ? *capacity * 2 : FIRST_BYTES;
    uint8_t *data;

    if (*capacity >= limit)
        return false;
    if (wanted > limit)
        wanted = limit;
    data = realloc(out->data, wanted);
    if (!data)
        return false;
    out->data = data;
    *capacity = wanted;
    return true;
}

static int give_up(struct buffer *out)
{
    free(out->data);
    *out = (struct buffer){ 0 };
    return -1;
}

static int unpack_gzip(const struct buffer *packed, size_t limit, struct buffer *out)
{
    z_stream stream = { .next_in = packed->data, .avail_in = (uInt)packed->bytes };
    size_t capacity = 0;
    int status = Z_OK;

    *out = (struct buffer){ 0 };
    if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK)
        return -1;
    while (status == Z_OK && grow(out, &capacity, limit)) {
        stream.next_out = out->data + stream.total_out;
        stream.avail_out = (uInt)(capacity - stream.total_out);
        status = inflate(&stream, Z_NO_FLUSH);
    }
    out->bytes = stream.total_out;
    inflateEnd(&stream);
    return status == Z_STREAM_END ? 0 : give_up(out);
}

static int unpack_xz(const struct buffer *packed, size_t limit, struct buffer *out)
{
    lzma_stream stream = LZMA_STREAM_INIT;
    size_t capacity = 0;
    lzma_ret status = LZMA_OK;

    *out = (struct buffer){ 0 };
    if (lzma_stream_decoder(&stream, LZMA_MEMORY_MAX, 0) != LZMA_OK)
        return -1;
    stream.next_in = packed->data;
    stream.avail_in = packed->bytes;
    while (status == LZMA_OK && grow(out, &capacity, limit)) {
        stream.next_out = out->data + stream.total_out;
        stream.avail_out = capacity - stream.total_out;
        status = lzma_code(&stream, LZMA_RUN);
    }
    out->bytes = stream.total_out;
    lzma_end(&stream);
    return status == LZMA_STREAM_END ? 0 : give_up(out);
}

static int unpack_zstd(const struct buffer *packed, size_t limit, struct buffer *out)
{
    ZSTD_DStream *stream = ZSTD_createDStream();
    ZSTD_inBuffer input = { packed->data, packed->bytes, 0 };
    size_t capacity = 0, left = 1;

    *out = (struct buffer){ 0 };
    if (!stream)
        return -1;
    while (left && !ZSTD_isError(left) && grow(out, &capacity, limit)) {
        ZSTD_outBuffer output = { out->data, capacity, out->bytes };
        size_t read_before = input.pos, written_before = output.pos;

        left = ZSTD_decompressStream(stream, &output, &input);
        out->bytes = output.pos;
        if (input.pos == read_before && output.pos == written_before)
            break; /* cut off */
    }
    ZSTD_freeDStream(stream);
    return left ? give_up(out) : 0;
}

static uint32_t read_le32(const uint8_t *from)
{
    return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

/* The legacy frame that kernels use: magic, then chunks of 8 MiB with their packed size before. */
static int unpack_lz4(const struct buffer *packed, size_t limit, struct buffer *out)
{
    size_t at = 4, capacity = 0;

    *out = (struct buffer){ 0 };
    while (at + 4 <= packed->bytes) {
        uint32_t chunk = read_le32(packed->data + at);
        int got;

        at += 4;
        if (chunk == 0 || chunk > LZ4_CHUNK_MAX || chunk > packed->bytes - at)
            break; /* what follows the stream is the builder's */
        while (capacity - out->bytes < LZ4_CHUNK_BYTES) {
            if (!grow(out, &capacity, limit))
                return give_up(out);
        }
        got = LZ4_decompress_safe((const char *)packed->data + at, (char *)out->data + out->bytes,
                                  (int)chunk, (int)LZ4_CHUNK_BYTES);
        if (got < 0)
            return give_up(out);
        out->bytes += (size_t)got;
        at += chunk;
    }
    return out->bytes ? 0 : give_up(out);
}

static const struct compression compressions[] = {
    { "gzip", { 0x1f, 0x8b }, 2, unpack_gzip },
    { "xz", { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, unpack_xz },
    { "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4, unpack_zstd },
    { "lz4", { 0x02, 0x21, 0x4c, 0x18 }, 4, unpack_lz4 },
};

const struct compression *compression_of(const uint8_t *data, size_t bytes)
{
    for (size_t i = 0; i < sizeof(compressions) / sizeof(compressions[0]); i++) {
        const struct compression *row = &compressions[i];

        if (bytes >= row->magic_bytes && !memcmp(data, row->magic, row->magic_bytes))
            return row;
    }
    return NULL;
}
