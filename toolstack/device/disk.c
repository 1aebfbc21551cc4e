/* SPDX-License-Identifier: MIT */
/*
 * Disks: a file by a loop device, or a block device, given to xen-blkback by its number.
 *
 * Who has an image open for writing is told by an advisory lock that lives as long as the open
 * file: a second guest that wants it finds it busy, unless both say `shareable`.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/log.h"
#include "common/memory.h"
#include "config/vdev.h"
#include "device/device_internal.h"
#include "device/loop.h"

#define SECTOR_BYTES 512u

static bool is_built_in(const struct device *device)
{
    return device_is_here(device) && !device->disk.script;
}

/* The script has said which block device it is. */
static void disk_is_plugged(struct device *device)
{
    char *block = device_read_backend(device, "physical-device");

    if (block) {
        device_is_ready(device);
    } else {
        error_set(&device->error, ERROR_FAILED, "PV-E0139",
                  "the script %s wrote no physical-device to the store", device->disk.script);
        error_hint(&device->error, "it must write MAJOR:MINOR, in hexadecimal, to "
                                   "$XENBUS_PATH/physical-device");
        device_failed(device);
    }
    free(block);
}

static void disk_waits(struct device *device)
{
    char *block;

    if (device->program)
        return;
    block = is_built_in(device) ? NULL : device_read_backend(device, "physical-device");
    if (is_built_in(device) || block || !device_is_here(device))
        device_is_ready(device);
    else if (script_run(device, "add", &device->error))
        device_failed(device);
    free(block);
}

static void disk_release(struct device *device)
{
    if (device->backing_fd >= 0)
        close(device->backing_fd);
    device->backing_fd = -1;
}

static const struct device_kind disk_kind = { .name = "vbd",
                                              .backend_waits = disk_waits,
                                              .is_plugged = disk_is_plugged,
                                              .release = disk_release };

/* ---- what it is made of ---- */

static int cannot_open(const struct disk_config *config, struct error *error)
{
    if (errno == ENOENT || errno == ENOTDIR) {
        error_set(error, ERROR_INPUT, "PV-E0330", "disk %s: %s does not exist", config->target,
                  config->path);
        return error_hint(error, "make it: truncate -s 4G %s", config->path);
    }
    if (errno == EACCES || errno == EPERM || errno == EROFS) {
        error_set(error, ERROR_PERMISSION, "PV-E0810", "disk %s: %s may not be written (%s)",
                  config->target, config->path, strerror(errno));
        return error_hint(error, "change the file's mode, or add <readonly/> to the disk");
    }
    if (errno == EBUSY) {
        error_set(error, ERROR_STATE, "PV-E0610", "disk %s: %s is in use", config->target,
                  config->path);
        return error_hint(error, "unmount it, or detach it from the guest that has it");
    }
    return error_set(error, ERROR_INPUT, "PV-E0331", "disk %s: %s cannot be opened: %s",
                     config->target, config->path, strerror(errno));
}

static int check_size(const struct disk_config *config, uint64_t bytes, struct error *error)
{
    if (bytes >= SECTOR_BYTES && bytes % SECTOR_BYTES == 0)
        return 0;
    error_set(error, ERROR_INPUT, bytes < SECTOR_BYTES ? "PV-E0332" : "PV-E0337",
              "disk %s: %s has %llu bytes, %s", config->target, config->path,
              (unsigned long long)bytes,
              bytes < SECTOR_BYTES ? "less than a sector" : "which are no whole sectors of 512");
    return error_hint(error, "make it larger: truncate -s %s %s",
                      bytes < SECTOR_BYTES ? "4G" : "%512", config->path);
}

static int lock_image(const struct disk_config *config, int fd, struct error *error)
{
    int kind = config->readonly || config->cdrom || config->shareable ? LOCK_SH : LOCK_EX;

    if (!flock(fd, kind | LOCK_NB))
        return 0;
    error_set(error, ERROR_STATE, "PV-E0611", "disk %s: %s is in use by another guest",
              config->target, config->path);
    return error_hint(error, "detach it there, or mark the disk <shareable/> in both");
}

/* The open file or device, checked. A file's mode is looked at too: root may open anything. */
static int open_backing(const struct disk_config *config, int *fd, struct stat *status,
                        struct error *error)
{
    bool readonly = config->readonly || config->cdrom;
    bool is_block = config->kind == DISK_BLOCK;
    /* Of a block device, O_EXCL finds out that it is mounted or part of something else. */
    int flags = (readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC |
                (is_block && !readonly && !config->shareable ? O_EXCL : 0);
    uint64_t bytes;

    *fd = open(config->path, flags);
    if (*fd < 0)
        return cannot_open(config, error);
    if (fstat(*fd, status) || (is_block ? !S_ISBLK(status->st_mode) : !S_ISREG(status->st_mode)))
        return error_set(error, ERROR_INPUT, "PV-E0333", "disk %s: %s is no %s", config->target,
                         config->path, is_block ? "block device" : "regular file");
    if (!is_block && !readonly && !(status->st_mode & (S_IWUSR | S_IWGRP | S_IWOTH))) {
        errno = EACCES;
        return cannot_open(config, error);
    }
    bytes = (uint64_t)status->st_size;
    if (is_block && ioctl(*fd, BLKGETSIZE64, &bytes))
        return cannot_open(config, error);
    if (check_size(config, bytes, error))
        return -1;
    return lock_image(config, *fd, error);
}

int disk_check(const struct disk_config *config, struct error *error)
{
    struct stat status;
    int fd, result;

    if (config->backend_domain)
        return 0; /* it is found and looked at there */
    if (config->script)
        return script_check(config->script, error);
    result = open_backing(config, &fd, &status, error);
    if (fd >= 0)
        close(fd);
    return result;
}

static int make_block_device(struct device *device, struct error *error)
{
    const struct disk_config *config = &device->disk;
    struct stat status = { 0 };
    int fd, result = open_backing(config, &fd, &status, error);

    if (!result && config->kind == DISK_FILE) {
        /* The loop device keeps the open file, and with it the lock. */
        result = loop_attach(fd, config->path, config->readonly || config->cdrom,
                             &device->backing_fd, error);
        if (!result && fstat(device->backing_fd, &status))
            result = error_set(error, ERROR_FAILED, "PV-E0123", "disk %s: its loop device is lost",
                               config->target);
        close(fd);
        fd = -1;
    }
    if (result && fd >= 0)
        close(fd);
    if (result)
        return -1;
    device->major = major(status.st_rdev);
    device->minor = minor(status.st_rdev);
    /* A block device is ours as long as the guest has it: blkback does not keep others away. */
    if (fd >= 0)
        device->backing_fd = fd;
    return 0;
}

/* After a restart of the daemon: a block device is kept again; a loop device keeps its file. */
static void keep_block_device(struct device *device)
{
    struct error error;
    struct stat status;
    int fd;

    if (!is_built_in(device) || device->disk.kind != DISK_BLOCK)
        return;
    if (open_backing(&device->disk, &fd, &status, &error)) {
        log_warning("domain %u: %s", device->domid, error.message);
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
    device->backing_fd = fd;
}

/* ---- nodes ---- */

static int write_disk_nodes(struct device *device, struct store_transaction *transaction)
{
    const struct disk_config *config = &device->disk;
    const char *mode = config->readonly || config->cdrom ? "r" : "w";
    const char *type = config->cdrom ? "cdrom" : "disk";
    char block[32], vdev[16];

    snprintf(block, sizeof(block), "%x:%x", device->major, device->minor);
    snprintf(vdev, sizeof(vdev), "%u", device->number);
    if (device_write_nodes(device, transaction) ||
        device_write_backend(device, transaction, "params", config->path) ||
        (is_built_in(device) &&
         device_write_backend(device, transaction, "physical-device", block)) ||
        (device->disk.script &&
         device_write_backend(device, transaction, "script", device->disk.script)) ||
        device_write_backend(device, transaction, "mode", mode) ||
        device_write_backend(device, transaction, "device-type", type) ||
        device_write_backend(device, transaction, "dev", config->target) ||
        device_write_backend(device, transaction, "type", "phy") ||
        device_write_backend(device, transaction, "removable", config->cdrom ? "1" : "0") ||
        device_write_backend(device, transaction, "bootable", "1") ||
        device_write_backend(device, transaction, "discard-enable", config->discard ? "1" : "0") ||
        device_write_backend(device, transaction, "hotplug-status", "connected"))
        return -1;
    return device_write_frontend(device, transaction, "virtual-device", vdev) ||
                   device_write_frontend(device, transaction, "device-type", type) ||
                   device_write_frontend(device, transaction, "protocol", "x86_64-abi") ||
                   device_write_frontend(device, transaction, "trusted", "1")
               ? -1
               : 0;
}

static void copy_config(struct disk_config *to, const struct disk_config *from)
{
    *to = *from;
    to->path = memory_string(from->path);
    to->backend_domain = from->backend_domain ? memory_string(from->backend_domain) : NULL;
    to->script = from->script ? memory_string(from->script) : NULL;
}

static struct device *disk_new(const struct device_place *place, const struct disk_config *config)
{
    struct device *device = device_new(place, &disk_kind, config->vdev);

    copy_config(&device->disk, config);
    return device;
}

struct device *disk_attach(const struct device_place *place, const struct disk_config *config,
                           struct error *error)
{
    struct device *device = disk_new(place, config);
    struct store_transaction *transaction;
    int result = is_built_in(device) ? make_block_device(device, error) : disk_check(config, error);

    if (!result) {
        transaction = store_transaction_start(device->store);
        result = write_disk_nodes(device, transaction);
        if (store_transaction_end(transaction, !result) || result)
            result = error_set(error, ERROR_FAILED, "PV-E0124",
                               "disk %s: its nodes cannot be written to the store", config->target);
    }
    if (result) {
        disk_release(device);
        device_free(device);
        return NULL;
    }
    device_watch(device);
    return device;
}

struct device *disk_adopt(const struct device_place *place, const struct disk_config *config)
{
    struct device *device = device_found(place, &disk_kind, config->vdev);

    copy_config(&device->disk, config);
    keep_block_device(device);
    device_watch(device);
    return device;
}
