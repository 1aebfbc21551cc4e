/* SPDX-License-Identifier: MIT */
/* Kernels out of their files: every form, cut off everywhere, and damaged everywhere. */
#include "kernel/kernel_image.h"

#include <elf.h>
#include <lz4.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "support/unit.h"

#define PLAIN_BYTES   20000u
#define PACKED_MAX    40000u
#define HEADER_BYTES  1536u /* two setup sectors and the boot sector */
#define PAYLOAD_START 16u

static uint8_t plain[PLAIN_BYTES];

/* Something like an ELF file, that compresses but not to nothing. */
static struct buffer make_plain(void)
{
    for (size_t i = 0; i < PLAIN_BYTES; i++)
        plain[i] = (uint8_t)((i * i) >> 7);
    memcpy(plain, ELFMAG, SELFMAG);
    return (struct buffer){ plain, PLAIN_BYTES };
}

static size_t pack_gzip(uint8_t *to)
{
    z_stream stream = {
        .next_in = plain, .avail_in = PLAIN_BYTES, .next_out = to, .avail_out = PACKED_MAX
    };

    ck_assert_int_eq(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, 0), Z_OK);
    ck_assert_int_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return stream.total_out;
}

static size_t pack_xz(uint8_t *to)
{
    size_t used = 0;

    ck_assert_int_eq(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, plain, PLAIN_BYTES, to,
                                             &used, PACKED_MAX),
                     LZMA_OK);
    return used;
}

static size_t pack_zstd(uint8_t *to)
{
    return ZSTD_compress(to, PACKED_MAX, plain, PLAIN_BYTES, 3);
}

static void put_le32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static size_t pack_lz4(uint8_t *to)
{
    int used =
        LZ4_compress_default((const char *)plain, (char *)to + 8, PLAIN_BYTES, PACKED_MAX - 8);

    put_le32(to, 0x184c2102);
    put_le32(to + 4, (uint32_t)used);
    return (size_t)used + 8;
}

static size_t (*const packers[])(uint8_t *) = { pack_gzip, pack_xz, pack_zstd, pack_lz4 };
#define PACKERS (sizeof(packers) / sizeof(packers[0]))

/* A bzImage of boot protocol 2.15 around a payload that is already at its place in @file. */
static struct buffer wrap(uint8_t *file, size_t payload_bytes)
{
    memset(file, 0, HEADER_BYTES + PAYLOAD_START);
    file[0x1f1] = 2;
    memcpy(file + 0x202, "HdrS", 4);
    file[0x206] = 0x0f;
    file[0x207] = 0x02;
    put_le32(file + 0x248, PAYLOAD_START);
    put_le32(file + 0x24c, (uint32_t)payload_bytes + 4);
    put_le32(file + HEADER_BYTES + PAYLOAD_START + payload_bytes, PLAIN_BYTES);
    return (struct buffer){ file, HEADER_BYTES + PAYLOAD_START + payload_bytes + 4 };
}

static struct buffer make_bzimage(uint8_t *file, size_t packer)
{
    make_plain();
    return wrap(file, packers[packer](file + HEADER_BYTES + PAYLOAD_START));
}

static void assert_is_plain(const struct buffer *file)
{
    struct buffer elf;
    struct error error;

    ck_assert_msg(!kernel_image_extract(file, "kernel", KERNEL_IMAGE_BYTES_MAX, &elf, &error), "%s",
                  error.message);
    ck_assert_uint_eq(elf.bytes, PLAIN_BYTES);
    ck_assert_mem_eq(elf.data, plain, PLAIN_BYTES);
    free(elf.data);
}

static enum error_class refusal(const struct buffer *file)
{
    struct buffer elf;
    struct error error;

    ck_assert_int_eq(kernel_image_extract(file, "kernel", KERNEL_IMAGE_BYTES_MAX, &elf, &error),
                     -1);
    ck_assert_ptr_nonnull(strstr(error.message, "kernel"));
    return error.class;
}

/* A copy of its own size, so that the sanitizer sees a read beyond the end. */
static struct buffer cut(const struct buffer *file, size_t bytes)
{
    struct buffer copy = { malloc(bytes + !bytes), bytes };

    memcpy(copy.data, file->data, bytes);
    return copy;
}

TEST(kernel_image, an_elf_file_is_taken_as_it_is)
{
    struct buffer file = make_plain();

    assert_is_plain(&file);
}

TEST(kernel_image, a_bzimage_of_each_compression_is_unpacked)
{
    static uint8_t file[HEADER_BYTES + PACKED_MAX + 64];

    for (size_t i = 0; i < PACKERS; i++) {
        struct buffer image = make_bzimage(file, i);

        assert_is_plain(&image);
    }
}

TEST(kernel_image, a_compressed_elf_file_is_unpacked)
{
    static uint8_t file[PACKED_MAX];
    struct buffer packed = { file, 0 };

    make_plain();
    packed.bytes = pack_gzip(file);
    assert_is_plain(&packed);
}

TEST(kernel_image, a_file_cut_off_anywhere_is_refused)
{
    static uint8_t file[HEADER_BYTES + PACKED_MAX + 64];

    for (size_t i = 0; i < PACKERS; i++) {
        struct buffer image = make_bzimage(file, i);

        for (size_t bytes = 0; bytes < image.bytes; bytes += 307) {
            struct buffer part = cut(&image, bytes);

            refusal(&part);
            free(part.data);
        }
    }
}

TEST(kernel_image, a_damaged_file_is_refused_or_unpacked_within_bounds)
{
    static uint8_t file[HEADER_BYTES + PACKED_MAX + 64];

    for (size_t i = 0; i < PACKERS; i++) {
        struct buffer image = make_bzimage(file, i);

        for (size_t at = 0; at < image.bytes; at += 499) {
            struct buffer part = cut(&image, image.bytes), elf;
            struct error error;

            part.data[at] ^= 0x5a;
            if (!kernel_image_extract(&part, "kernel", KERNEL_IMAGE_BYTES_MAX, &elf, &error))
                free(elf.data);
            free(part.data);
        }
    }
}

TEST(kernel_image, an_old_boot_protocol_is_not_supported)
{
    static uint8_t file[HEADER_BYTES + PACKED_MAX + 64];
    struct buffer image = make_bzimage(file, 0);

    file[0x206] = 7;
    ck_assert_int_eq(refusal(&image), ERROR_UNSUPPORTED);
}

TEST(kernel_image, text_and_nothing_are_not_supported)
{
    uint8_t text[] = "root:x:0:0";
    struct buffer file = { text, sizeof(text) }, nothing = { text, 0 };

    ck_assert_int_eq(refusal(&file), ERROR_UNSUPPORTED);
    ck_assert_int_eq(refusal(&nothing), ERROR_UNSUPPORTED);
}

TEST(kernel_image, a_compressed_text_is_not_supported)
{
    static uint8_t file[PACKED_MAX];
    struct buffer packed = { file, 0 };

    make_plain();
    plain[0] = 'x';
    packed.bytes = pack_zstd(file);
    ck_assert_int_eq(refusal(&packed), ERROR_UNSUPPORTED);
}

TEST(file, what_is_written_is_read_again)
{
    char path[] = "unit_toolstack_file";
    struct buffer content;
    struct error error;

    ck_assert_int_eq(file_write(path, "some text", 9, &error), 0);
    ck_assert_int_eq(file_read(path, 100, &content, &error), 0);
    ck_assert_uint_eq(content.bytes, 9);
    ck_assert_mem_eq(content.data, "some text", 9);
    free(content.data);
    ck_assert_int_eq(file_read(path, 8, &content, &error), -1);
    ck_assert_int_eq(error.class, ERROR_INPUT);
    unlink(path);
}

TEST(file, what_cannot_be_read_or_written_is_said)
{
    struct buffer content;
    struct error error;

    ck_assert_int_eq(file_read("no such file", 100, &content, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.message, "no such file"));
    ck_assert_int_eq(file_read(".", 100, &content, &error), -1);
    ck_assert_int_eq(error.class, ERROR_INPUT);
    ck_assert_int_eq(file_write("no such folder/file", "", 0, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.message, "no such folder/file"));
}
