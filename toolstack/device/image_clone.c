/* SPDX-License-Identifier: MIT */
#include "device/image_clone.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"

#define PART_BYTES     (1u << 20)
#define PROGRESS_BYTES (32u << 20)
#define ZERO_BYTES     4096u /* zeros of this size and alignment are left out */
#define IMAGE_MODE     0600

struct copy {
    struct image_clone *clone;
    int from, to;
    uint8_t *part;
    struct error *error;
};

/* ---- opening ---- */

static int cannot_read(const struct image_clone *clone, struct error *error)
{
    return error_set(error, errno == EACCES ? ERROR_PERMISSION : ERROR_INPUT,
                     errno == EACCES ? "PV-E0811" : "PV-E0334", "%s cannot be read: %s",
                     clone->source, strerror(errno));
}

/* Who has it as a disk to write to has it locked (device/disk.c). */
static int open_source(struct copy *copy)
{
    struct image_clone *clone = copy->clone;
    struct stat status;

    copy->from = open(clone->source, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (copy->from < 0 || fstat(copy->from, &status))
        return cannot_read(clone, copy->error);
    clone->bytes = (uint64_t)status.st_size;
    if (S_ISBLK(status.st_mode))
        return ioctl(copy->from, BLKGETSIZE64, &clone->bytes) ? cannot_read(clone, copy->error) : 0;
    if (!S_ISREG(status.st_mode))
        return error_set(copy->error, ERROR_INPUT, "PV-E0335",
                         "%s is neither a file nor a block device", clone->source);
    if (!flock(copy->from, LOCK_SH | LOCK_NB))
        return 0;
    error_set(copy->error, ERROR_STATE, "PV-E0613", "%s is in use by a guest that may write to it",
              clone->source);
    return error_hint(copy->error, "shut the guest down, or detach the disk, and clone then");
}

static int cannot_write(const struct copy *copy)
{
    const char *target = copy->clone->target;

    if (errno == ENOSPC || errno == EDQUOT) {
        error_set(copy->error, ERROR_RESOURCES, "PV-E0730", "%s: no room left for it", target);
        return error_hint(copy->error, "a file system that shares blocks (XFS, btrfs) needs next "
                                       "to none");
    }
    if (errno == EACCES || errno == EROFS)
        return error_set(copy->error, ERROR_PERMISSION, "PV-E0812", "%s may not be made: %s",
                         target, strerror(errno));
    if (errno == EEXIST) {
        error_set(copy->error, ERROR_STATE, "PV-E0614", "%s is there already", target);
        return error_hint(copy->error, "remove it, or take another name");
    }
    return error_set(copy->error, ERROR_INPUT, "PV-E0336", "%s cannot be written: %s", target,
                     strerror(errno));
}

/* A file without a name, in the target's folder. */
static int open_target(struct copy *copy)
{
    const char *target = copy->clone->target, *slash = strrchr(target, '/');
    struct stat status;
    char *folder;

    if (!lstat(target, &status)) {
        errno = EEXIST;
        return cannot_write(copy);
    }
    folder = slash ? strndup(target, (size_t)(slash - target) + 1) : strdup(".");
    if (!folder)
        return error_set(copy->error, ERROR_RESOURCES, "PV-E0731", "no memory to copy an image");
    copy->to = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, IMAGE_MODE);
    free(folder);
    return copy->to < 0 ? cannot_write(copy) : 0;
}

static int give_name(const struct copy *copy)
{
    char path[32];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", copy->to);
    return linkat(AT_FDCWD, path, AT_FDCWD, copy->clone->target, AT_SYMLINK_FOLLOW)
               ? cannot_write(copy)
               : 0;
}

/* ---- copying ---- */

static bool is_zero(const uint8_t *bytes, size_t count)
{
    return !bytes[0] && !memcmp(bytes, bytes + 1, count - 1);
}

/* Runs of blocks that are not zero. */
static int write_part(struct copy *copy, uint64_t offset, size_t count)
{
    size_t start = 0;

    while (start < count) {
        size_t end = start;

        while (end < count) {
            size_t block = count - end < ZERO_BYTES ? count - end : ZERO_BYTES;

            if (is_zero(copy->part + end, block))
                break;
            end += block;
        }
        if (end > start && (lseek(copy->to, (off_t)(offset + start), SEEK_SET) < 0 ||
                            file_write_all(copy->to, copy->part + start, end - start)))
            return cannot_write(copy);
        start = end + (end < count ? ZERO_BYTES : 0);
    }
    return 0;
}

/* The next range with data from @offset on; a device, and some file systems, know no holes. */
static void find_data(const struct copy *copy, uint64_t offset, uint64_t *start, uint64_t *end)
{
    off_t data = lseek(copy->from, (off_t)offset, SEEK_DATA), hole;

    *start = offset;
    *end = copy->clone->bytes;
    if (data < 0) {
        if (errno == ENXIO)
            *start = *end;
        return;
    }
    hole = lseek(copy->from, data, SEEK_HOLE);
    *start = (uint64_t)data;
    if (hole > data && (uint64_t)hole < *end)
        *end = (uint64_t)hole;
}

static int copy_range(struct copy *copy, uint64_t offset, uint64_t end, uint64_t *told)
{
    struct image_clone *clone = copy->clone;

    while (offset < end) {
        size_t wanted = end - offset < PART_BYTES ? (size_t)(end - offset) : PART_BYTES;
        ssize_t got = pread(copy->from, copy->part, wanted, (off_t)offset);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            errno = got ? errno : EIO;
            return cannot_read(clone, copy->error);
        }
        if (write_part(copy, offset, (size_t)got))
            return -1;
        offset += (uint64_t)got;
        if (clone->progress && offset >= *told + PROGRESS_BYTES) {
            *told = offset;
            clone->progress(clone->context, offset, clone->bytes);
        }
    }
    return 0;
}

static int copy_all(struct copy *copy)
{
    uint64_t bytes = copy->clone->bytes, start, end = 0, told = 0;

    copy->part = malloc(PART_BYTES);
    if (!copy->part)
        return error_set(copy->error, ERROR_RESOURCES, "PV-E0731", "no memory to copy an image");
    if (ftruncate(copy->to, (off_t)bytes))
        return cannot_write(copy);
    while (end < bytes) {
        find_data(copy, end, &start, &end);
        if (copy_range(copy, start, end, &told))
            return -1;
    }
    return fsync(copy->to) ? cannot_write(copy) : 0;
}

int image_clone(struct image_clone *clone, struct error *error)
{
    struct copy copy = { .clone = clone, .from = -1, .to = -1, .error = error };
    int result = open_source(&copy) || open_target(&copy) ? -1 : 0;

    if (!result) {
        clone->is_shared = !ioctl(copy.to, FICLONE, copy.from);
        if (!clone->is_shared)
            result = copy_all(&copy);
    }
    if (!result)
        result = give_name(&copy);
    free(copy.part);
    if (copy.from >= 0)
        close(copy.from);
    if (copy.to >= 0)
        close(copy.to);
    return result;
}
