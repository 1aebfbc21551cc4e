/* SPDX-License-Identifier: MIT */
#include "control/gntdev.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define GNTDEV_DEVICE "/dev/xen/gntdev"
#define PAGE_BYTES    4096u

/* Linux, include/uapi/xen/gntdev.h. */
struct ioctl_gntdev_grant_ref {
    uint32_t domid;
    uint32_t ref;
};

struct ioctl_gntdev_map_grant_ref {
    uint32_t count;
    uint32_t pad;
    uint64_t index; /* out: the offset to map */
    struct ioctl_gntdev_grant_ref refs[1];
};

struct ioctl_gntdev_unmap_grant_ref {
    uint64_t index;
    uint32_t count;
    uint32_t pad;
};

struct ioctl_gntdev_get_offset_for_vaddr {
    uint64_t vaddr;
    uint64_t offset; /* out */
    uint32_t count;  /* out */
    uint32_t pad;
};

#define GNTDEV_IOCTL(number, type)        _IOC(_IOC_NONE, 'G', number, sizeof(type))
#define IOCTL_GNTDEV_MAP_GRANT_REF        GNTDEV_IOCTL(0, struct ioctl_gntdev_map_grant_ref)
#define IOCTL_GNTDEV_UNMAP_GRANT_REF      GNTDEV_IOCTL(1, struct ioctl_gntdev_unmap_grant_ref)
#define IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR GNTDEV_IOCTL(2, struct ioctl_gntdev_get_offset_for_vaddr)

int gntdev_open(int *fd, struct error *error)
{
    *fd = open(GNTDEV_DEVICE, O_RDWR | O_CLOEXEC);
    if (*fd >= 0)
        return 0;
    error_set(error, ERROR_CONNECTION, "PV-E0903", "%s cannot be opened: %s", GNTDEV_DEVICE,
              strerror(errno));
    return error_hint(error, "this works in the control domain only, with the module xen-gntdev");
}

static void forget(int fd, uint64_t index)
{
    struct ioctl_gntdev_unmap_grant_ref unmap = { .index = index, .count = 1 };

    ioctl(fd, IOCTL_GNTDEV_UNMAP_GRANT_REF, &unmap);
}

int gntdev_map(int fd, domid_t domid, grant_ref_t reference, void **mapping)
{
    struct ioctl_gntdev_map_grant_ref map = { .count = 1,
                                              .refs = { { .domid = domid, .ref = reference } } };

    if (ioctl(fd, IOCTL_GNTDEV_MAP_GRANT_REF, &map))
        return -errno;
    *mapping = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)map.index);
    if (*mapping == MAP_FAILED) {
        int result = -errno;

        forget(fd, map.index);
        return result;
    }
    return 0;
}

void gntdev_unmap(int fd, void *mapping)
{
    struct ioctl_gntdev_get_offset_for_vaddr get = { .vaddr = (uint64_t)(uintptr_t)mapping };
    int is_known = !ioctl(fd, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, &get);

    munmap(mapping, PAGE_BYTES);
    if (is_known)
        forget(fd, get.offset);
}
