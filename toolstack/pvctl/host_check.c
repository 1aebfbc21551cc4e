/* SPDX-License-Identifier: MIT */
#include "pvctl/host_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "kernel/kernel_image.h"
#include "pvctl/domain_defaults.h"

#define SECTOR_BYTES 512
#define SYSFS_NET    "/sys/class/net"

static int cannot_open(const char *what, const char *path, const char *hint, struct error *error)
{
    const char *id = "PV-E0380";
    enum error_class class = ERROR_INPUT;

    if (errno == EBUSY || errno == ETXTBSY) {
        class = ERROR_STATE;
        id = "PV-E0621";
    } else if (errno == EACCES || errno == EPERM || errno == EROFS) {
        class = ERROR_PERMISSION;
        id = "PV-E0813";
    }
    error_set(error, class, id, "%s %s cannot be opened: %s", what, path, strerror(errno));
    return error_hint(error, "%s", hint);
}

/* A regular file that can be read. */
static int check_file(const char *what, const char *path, const char *hint, struct error *error)
{
    struct stat status;

    if (stat(path, &status) || access(path, R_OK))
        return cannot_open(what, path, hint, error);
    if (S_ISREG(status.st_mode) && status.st_size)
        return 0;
    error_set(error, ERROR_INPUT, "PV-E0381", "%s %s is %s", what, path,
              S_ISREG(status.st_mode) ? "empty" : "no regular file");
    return error_hint(error, "%s", hint);
}

static int check_kernel(const struct domain_config *config, bool thorough, struct error *error)
{
    const char *hint = config->kernel_from_disk
                           ? "Debian's package grub-xen-host has it; pv_grub= in pvctl.conf names "
                             "another place"
                           : "look at <kernel> in <os>";
    struct buffer file, elf;
    int result;

    if (check_file("the kernel", config->kernel, hint, error))
        return -1;
    if (!thorough)
        return 0;
    if (file_read(config->kernel, KERNEL_FILE_BYTES_MAX, &file, error))
        return -1;
    result = kernel_image_extract(&file, config->kernel, kernel_limit(config->memory_bytes), &elf,
                                  error);
    free(file.data);
    if (!result)
        free(elf.data);
    return result;
}

/* Bytes of an open image or device, or -1. */
static int64_t disk_bytes(int fd, const struct stat *status)
{
    uint64_t bytes;

    if (S_ISREG(status->st_mode))
        return status->st_size;
    return ioctl(fd, BLKGETSIZE64, &bytes) ? -1 : (int64_t)bytes;
}

static int check_open_disk(int fd, struct disk_config *disk, struct error *error)
{
    struct stat status;
    int64_t bytes;

    if (fstat(fd, &status))
        return cannot_open("the disk", disk->path, "look at its <source>", error);
    if (S_ISBLK(status.st_mode)) {
        disk->kind = DISK_BLOCK; /* files under /dev are often named as files */
    } else if (!S_ISREG(status.st_mode) || disk->kind == DISK_BLOCK) {
        error_set(error, ERROR_INPUT, "PV-E0382", "the disk %s is no %s", disk->path,
                  disk->kind == DISK_BLOCK ? "block device" : "image file");
        return error_hint(error, "type='file' is for image files, type='block' for devices");
    }
    bytes = disk_bytes(fd, &status);
    if (bytes >= SECTOR_BYTES && bytes % SECTOR_BYTES == 0)
        return 0;
    if (bytes >= SECTOR_BYTES) {
        error_set(error, ERROR_INPUT, "PV-E0384",
                  "the disk %s has %lld bytes, which are no whole sectors of 512", disk->path,
                  (long long)bytes);
        return error_hint(error, "make it larger: truncate -s %%512 %.150s", disk->path);
    }
    error_set(error, ERROR_INPUT, "PV-E0383", "the disk %s is smaller than one sector", disk->path);
    return error_hint(error, "make it larger: truncate -s 1G %.150s", disk->path);
}

int host_check_disk(struct disk_config *disk, struct error *error)
{
    int fd, result;

    if (disk->backend_domain || disk->script)
        return 0; /* it is not on this host's file system, or what the script makes of it */
    fd = open(disk->path, (disk->readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return cannot_open("the disk", disk->path,
                           errno == EROFS || errno == EACCES
                               ? "add <readonly/> if the guest need not write"
                               : "look at its <source>; is the file there?",
                           error);
    result = check_open_disk(fd, disk, error);
    close(fd);
    return result;
}

int host_check_nic(const struct settings *settings, struct nic_config *nic, struct error *error)
{
    if (nic->kind != NIC_BRIDGE || nic->backend_domain || nic->script)
        return 0;
    if (!*nic->bridge)
        return default_bridge(SYSFS_NET, settings->bridges, nic->bridge, error);
    return bridge_check(SYSFS_NET, nic->bridge, error);
}

void host_check(const struct settings *settings, struct domain_config *config, bool thorough,
                void (*found)(void *context, const struct error *problem), void *context)
{
    struct error error;

    if (check_kernel(config, thorough, &error)) {
        error_about(&error, "domain/os/kernel");
        found(context, &error);
    }
    if (config->initrd && check_file("the initrd", config->initrd, "look at <initrd>", &error)) {
        error_about(&error, "domain/os/initrd");
        found(context, &error);
    }
    for (size_t i = 0; i < config->disk_count; i++) {
        if (!host_check_disk(&config->disks[i], &error))
            continue;
        error_about(&error, "domain/devices/disk[%zu]/source", i + 1);
        found(context, &error);
    }
    for (size_t i = 0; i < config->nic_count; i++) {
        if (!host_check_nic(settings, &config->nics[i], &error))
            continue;
        error_about(&error, "domain/devices/interface[%zu]/source", i + 1);
        found(context, &error);
    }
}

struct first_problem {
    struct error *error;
    bool is_there;
};

static void take_first(void *context, const struct error *problem)
{
    struct first_problem *first = context;

    if (!first->is_there)
        *first->error = *problem;
    first->is_there = true;
}

int host_check_first(const struct settings *settings, struct domain_config *config, bool thorough,
                     struct error *error)
{
    struct first_problem first = { .error = error };

    host_check(settings, config, thorough, take_first, &first);
    return first.is_there ? -1 : 0;
}
