/* SPDX-License-Identifier: MIT */
/* Disk operations past the page cache: one at a time, or up to 32 by the kernel's own calls. */
#include "io_program.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DEPTH_MAX   32u
#define ALIGNMENT   4096u
#define RANDOM_SEED 0x9e3779b97f4a7c15u

struct disk {
    int file;
    uint64_t blocks; /* of the test's size */
    uint64_t next, state;
    const struct test *test;
    char *buffers[DEPTH_MAX];
};

/* The same places in each run. */
static uint64_t next_offset(struct disk *disk)
{
    uint64_t block;

    if (disk->test->is_random) {
        disk->state ^= disk->state << 13;
        disk->state ^= disk->state >> 7;
        disk->state ^= disk->state << 17;
        block = disk->state % disk->blocks;
    } else {
        block = disk->next++ % disk->blocks;
    }
    return block * disk->test->block_bytes;
}

static void disk_open(struct disk *disk, const struct test *test, const char *path)
{
    uint64_t bytes = 0;

    *disk = (struct disk){ .test = test, .state = RANDOM_SEED };
    disk->file = open(path, O_DIRECT | O_CLOEXEC | (test->writes ? O_RDWR : O_RDONLY));
    must(disk->file >= 0, path);
    must(ioctl(disk->file, BLKGETSIZE64, &bytes) == 0, "size of the disk");
    disk->blocks = bytes / test->block_bytes;
    must(disk->blocks > 0, "a disk of some size");
    for (unsigned i = 0; i < test->depth; i++) {
        disk->buffers[i] = aligned_alloc(ALIGNMENT, test->block_bytes);
        must(disk->buffers[i] != NULL, "memory");
        memset(disk->buffers[i], (int)(i + 1), test->block_bytes);
    }
}

static void disk_close(struct disk *disk)
{
    for (unsigned i = 0; i < disk->test->depth; i++)
        free(disk->buffers[i]);
    close(disk->file);
}

static void one_by_one(struct disk *disk, uint64_t amount, struct samples *samples)
{
    size_t bytes = disk->test->block_bytes;

    for (uint64_t i = 0; i < amount; i++) {
        off_t offset = (off_t)next_offset(disk);
        uint64_t start = ticks_now();
        ssize_t done = disk->test->writes ? pwrite(disk->file, disk->buffers[0], bytes, offset)
                                          : pread(disk->file, disk->buffers[0], bytes, offset);

        note_sample(samples, ticks_now() - start);
        must(done == (ssize_t)bytes, "disk operation");
    }
}

static void submit(struct disk *disk, aio_context_t context, struct iocb *request, unsigned slot,
                   uint64_t *starts)
{
    struct iocb *list[] = { request };

    *request = (struct iocb){
        .aio_data = slot,
        .aio_lio_opcode = disk->test->writes ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD,
        .aio_fildes = (uint32_t)disk->file,
        .aio_buf = (uint64_t)disk->buffers[slot],
        .aio_nbytes = disk->test->block_bytes,
        .aio_offset = (int64_t)next_offset(disk),
    };
    starts[slot] = ticks_now();
    must(syscall(SYS_io_submit, context, 1, list) == 1, "io_submit");
}

/* Always @depth under way: each that ends makes place for the next. */
static void many_at_once(struct disk *disk, uint64_t amount, struct samples *samples)
{
    static struct iocb requests[DEPTH_MAX];
    static aio_context_t context; /* kept: its end would wait for the kernel's grace period */
    uint64_t starts[DEPTH_MAX], submitted = 0, done = 0;
    struct io_event events[DEPTH_MAX];

    must(context || syscall(SYS_io_setup, DEPTH_MAX, &context) == 0, "io_setup");
    for (unsigned i = 0; i < disk->test->depth && submitted < amount; i++, submitted++)
        submit(disk, context, &requests[i], i, starts);
    while (done < amount) {
        long count = syscall(SYS_io_getevents, context, 1, DEPTH_MAX, events, NULL);

        if (count < 0 && errno == EINTR)
            continue;
        must(count > 0, "io_getevents");
        for (long i = 0; i < count; i++, done++) {
            unsigned slot = (unsigned)events[i].data;

            must(events[i].res == (int64_t)disk->test->block_bytes, "disk operation");
            note_sample(samples, ticks_now() - starts[slot]);
            if (submitted < amount) {
                submit(disk, context, &requests[slot], slot, starts);
                submitted++;
            }
        }
    }
}

uint64_t disk_test(const struct test *test, const struct run *run, uint64_t amount,
                   struct samples *samples)
{
    struct disk disk;

    disk_open(&disk, test, run->disk);
    if (test->depth == 1)
        one_by_one(&disk, amount, samples);
    else
        many_at_once(&disk, amount, samples);
    disk_close(&disk);
    return amount * test->block_bytes;
}
