/* SPDX-License-Identifier: MIT */
#include "device/image_clone.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/unit.h"

#define MIB         (1u << 20)
#define IMAGE_BYTES (70u * MIB + 4096u + 512u)

/* A folder with an image: text here and there, and holes between. */
struct world {
    char folder[32], source[64], target[64];
    struct image_clone clone;
    struct error error;
    unsigned told;
};

static void count_progress(void *context, uint64_t done, uint64_t total)
{
    struct world *w = context;

    ck_assert_uint_le(done, total);
    w->told++;
}

static void make_world(struct world *w)
{
    static const char text[] = "some of the image";
    static const off_t places[] = { 0, 4000, 33 * MIB, 64 * MIB + 100, IMAGE_BYTES - sizeof(text) };
    int fd;

    memset(w, 0, sizeof(*w));
    strcpy(w->folder, "/tmp/image_clone.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(w->folder));
    snprintf(w->source, sizeof(w->source), "%s/source", w->folder);
    snprintf(w->target, sizeof(w->target), "%s/target", w->folder);
    w->clone = (struct image_clone){
        .source = w->source, .target = w->target, .progress = count_progress, .context = w
    };
    fd = open(w->source, O_CREAT | O_WRONLY, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(ftruncate(fd, IMAGE_BYTES), 0);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        ck_assert_int_eq(pwrite(fd, text, sizeof(text), places[i]), (ssize_t)sizeof(text));
    close(fd);
}

static void end_world(struct world *w)
{
    unlink(w->source);
    unlink(w->target);
    ck_assert_int_eq(rmdir(w->folder), 0); /* nothing else is left in it */
}

static void must_be_equal(const struct world *w)
{
    static uint8_t first[MIB], second[MIB];
    FILE *a = fopen(w->source, "rb"), *b = fopen(w->target, "rb");
    size_t got;

    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_nonnull(b);
    do {
        got = fread(first, 1, sizeof(first), a);
        ck_assert_uint_eq(fread(second, 1, sizeof(second), b), got);
        ck_assert_mem_eq(first, second, got);
    } while (got);
    fclose(a);
    fclose(b);
}

static void must_fail(struct world *w, enum error_class class, const char *id)
{
    ck_assert_int_eq(image_clone(&w->clone, &w->error), -1);
    ck_assert_int_eq(w->error.class, class);
    ck_assert_str_eq(w->error.id, id);
}

TEST(image_clone, is_the_same_and_no_larger)
{
    struct world w;
    struct stat source, target;

    make_world(&w);
    ck_assert_msg(image_clone(&w.clone, &w.error) == 0, "%s", w.error.message);
    ck_assert_uint_eq(w.clone.bytes, IMAGE_BYTES);
    must_be_equal(&w);
    ck_assert_int_eq(stat(w.source, &source), 0);
    ck_assert_int_eq(stat(w.target, &target), 0);
    ck_assert_int_le(target.st_blocks, source.st_blocks + 64);
    end_world(&w);
}

/* Written in full, as a block device is. */
TEST(image_clone, leaves_out_zeros_that_are_written)
{
    struct world w;
    struct stat target;
    static uint8_t zeros[MIB];
    int fd;

    make_world(&w);
    fd = open(w.source, O_WRONLY);
    for (off_t at = 4 * MIB; at < 12 * MIB; at += MIB)
        ck_assert_int_eq(pwrite(fd, zeros, sizeof(zeros), at), (ssize_t)sizeof(zeros));
    close(fd);
    ck_assert_msg(image_clone(&w.clone, &w.error) == 0, "%s", w.error.message);
    must_be_equal(&w);
    ck_assert_int_eq(stat(w.target, &target), 0);
    if (!w.clone.is_shared)
        ck_assert_int_le(target.st_blocks, MIB / 512);
    end_world(&w);
}

TEST(image_clone, overwrites_nothing)
{
    struct world w;
    struct stat status;

    make_world(&w);
    close(open(w.target, O_CREAT | O_WRONLY, 0600));
    must_fail(&w, ERROR_STATE, "PV-E0614");
    ck_assert_int_eq(stat(w.target, &status), 0);
    ck_assert_int_eq(status.st_size, 0);
    end_world(&w);
}

TEST(image_clone, refuses_an_image_that_a_guest_writes_to)
{
    struct world w;
    int fd;

    make_world(&w);
    fd = open(w.source, O_RDWR);
    ck_assert_int_eq(flock(fd, LOCK_EX), 0);
    must_fail(&w, ERROR_STATE, "PV-E0613");
    close(fd);
    end_world(&w);
}

TEST(image_clone, names_what_is_no_image_or_not_there)
{
    struct world w;

    make_world(&w);
    w.clone.source = w.folder;
    must_fail(&w, ERROR_INPUT, "PV-E0335");
    w.clone.source = "/none/at/all";
    must_fail(&w, ERROR_INPUT, "PV-E0334");
    w.clone.source = w.source;
    w.clone.target = "/none/at/all";
    must_fail(&w, ERROR_INPUT, "PV-E0336");
    end_world(&w);
}
