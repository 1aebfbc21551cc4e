/* SPDX-License-Identifier: MIT */
/*
 * struct control by Linux's /dev/xen/privcmd. The area is memory of /dev/xen/hypercall, which is
 * never moved or paged out.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "control/control.h"

#define PRIVCMD_DEVICE "/dev/xen/privcmd"
#define BUFFER_DEVICE  "/dev/xen/hypercall"

/* Linux, include/uapi/xen/privcmd.h. */
struct privcmd_hypercall {
    uint64_t op;
    uint64_t arg[5];
};

struct privcmd_mmapbatch_v2 {
    uint32_t num;
    domid_t dom;
    uint64_t addr;
    const uint64_t *arr;
    int *err;
};

struct privcmd_mmap_resource {
    domid_t dom;
    uint32_t type;
    uint32_t id;
    uint32_t idx;
    uint64_t num;
    uint64_t addr;
};

#define IOCTL_PRIVCMD_HYPERCALL     _IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall))
#define IOCTL_PRIVCMD_MMAPBATCH_V2  _IOC(_IOC_NONE, 'P', 4, sizeof(struct privcmd_mmapbatch_v2))
#define IOCTL_PRIVCMD_MMAP_RESOURCE _IOC(_IOC_NONE, 'P', 7, sizeof(struct privcmd_mmap_resource))

struct privcmd {
    struct control control; /* the first member: a struct control * is one of these */
    int fd;
    int buffer_fd;
};

static struct privcmd *privcmd_of(struct control *control)
{
    return (struct privcmd *)(void *)control;
}

static long privcmd_call(struct control *control, unsigned number, const uint64_t arguments[5])
{
    struct privcmd_hypercall call = { .op = number };
    int result;

    memcpy(call.arg, arguments, sizeof(call.arg));
    result = ioctl(privcmd_of(control)->fd, IOCTL_PRIVCMD_HYPERCALL, &call);
    return result < 0 ? -errno : result;
}

static int reserve_addresses(const struct privcmd *privcmd, size_t pages, void **mapping)
{
    *mapping =
        mmap(NULL, pages * CONTROL_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, privcmd->fd, 0);
    return *mapping == MAP_FAILED ? -errno : 0;
}

/* A frame that is paged out elsewhere answers -ENOENT; here no frame ever is. */
static int first_error(const int *errors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (errors[i])
            return errors[i];
    }
    return 0;
}

static int privcmd_map_frames(struct control *control, domid_t domid, const uint64_t *mfns,
                              size_t count, void **mapping)
{
    struct privcmd *privcmd = privcmd_of(control);
    struct privcmd_mmapbatch_v2 batch = { .num = (uint32_t)count, .dom = domid, .arr = mfns };
    int result;

    if (!count || count > UINT32_MAX)
        return -EINVAL;
    result = reserve_addresses(privcmd, count, mapping);
    if (result)
        return result;
    batch.addr = (uint64_t)(uintptr_t)*mapping;
    batch.err = calloc(count, sizeof(*batch.err));
    if (!batch.err)
        result = -ENOMEM;
    else if (ioctl(privcmd->fd, IOCTL_PRIVCMD_MMAPBATCH_V2, &batch))
        result = -errno;
    else
        result = first_error(batch.err, count);
    free(batch.err);
    if (result)
        munmap(*mapping, count * CONTROL_PAGE_BYTES);
    return result;
}

static int privcmd_map_resource(struct control *control, domid_t domid, uint32_t type, uint32_t id,
                                uint32_t first, size_t count, void **mapping)
{
    struct privcmd *privcmd = privcmd_of(control);
    struct privcmd_mmap_resource resource = {
        .dom = domid, .type = type, .id = id, .idx = first, .num = count
    };
    int result = reserve_addresses(privcmd, count, mapping);

    if (result)
        return result;
    resource.addr = (uint64_t)(uintptr_t)*mapping;
    if (ioctl(privcmd->fd, IOCTL_PRIVCMD_MMAP_RESOURCE, &resource)) {
        result = -errno;
        munmap(*mapping, count * CONTROL_PAGE_BYTES);
    }
    return result;
}

static void privcmd_unmap(struct control *control, void *mapping, size_t pages)
{
    (void)control;
    munmap(mapping, pages * CONTROL_PAGE_BYTES);
}

static void privcmd_close(struct control *control)
{
    struct privcmd *privcmd = privcmd_of(control);

    if (control->area)
        munmap(control->area, CONTROL_AREA_BYTES);
    if (privcmd->buffer_fd >= 0)
        close(privcmd->buffer_fd);
    if (privcmd->fd >= 0)
        close(privcmd->fd);
    free(privcmd);
}

static const struct control_ops privcmd_ops = {
    .call = privcmd_call,
    .map_frames = privcmd_map_frames,
    .map_resource = privcmd_map_resource,
    .unmap = privcmd_unmap,
    .close = privcmd_close,
};

static int open_device(const char *path, int *fd, struct error *error)
{
    *fd = open(path, O_RDWR | O_CLOEXEC);
    if (*fd >= 0)
        return 0;
    if (errno == EACCES || errno == EPERM)
        return error_set(error, ERROR_PERMISSION, "PV-E0801", "%s: only root may use it", path);
    error_set(error, ERROR_CONNECTION, "PV-E0901", "%s cannot be opened: %s", path,
              strerror(errno));
    return error_hint(error, "this works in the control domain only, with the module xen-privcmd");
}

static int open_area(struct privcmd *privcmd, struct error *error)
{
    void *area;

    if (open_device(BUFFER_DEVICE, &privcmd->buffer_fd, error))
        return -1;
    area =
        mmap(NULL, CONTROL_AREA_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, privcmd->buffer_fd, 0);
    if (area == MAP_FAILED)
        return error_set(error, ERROR_RESOURCES, "PV-E0704", "%s gives no memory: %s",
                         BUFFER_DEVICE, strerror(errno));
    privcmd->control.area = area;
    return 0;
}

int control_open(struct control **control, struct error *error)
{
    struct privcmd *privcmd = calloc(1, sizeof(*privcmd));

    if (!privcmd)
        return error_set(error, ERROR_RESOURCES, "PV-E0705", "no memory to reach the hypervisor");
    privcmd->control.ops = &privcmd_ops;
    privcmd->buffer_fd = -1;
    if (open_device(PRIVCMD_DEVICE, &privcmd->fd, error) || open_area(privcmd, error)) {
        privcmd_close(&privcmd->control);
        return -1;
    }
    *control = &privcmd->control;
    return 0;
}
