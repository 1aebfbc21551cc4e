/* SPDX-License-Identifier: MIT */
/*
 * /dev/xen/privcmd: hypercalls of user space, many in one; and /dev/xen/xenbus_backend, where the daemon
 * finds the page and the event channel of the kernel's own store connection.
 */
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hypercall-abi/hypercall_numbers.h"
#include "hypercall-abi/version.h"
#include "hypercall-abi/xen.h"
#include "tests/control/must.h"

/* The kernel's own header names files that user space does not have. */
struct privcmd_hypercall {
    uint64_t number;
    uint64_t argument[5];
};
#define IOCTL_PRIVCMD_HYPERCALL     _IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall))
#define IOCTL_XENBUS_BACKEND_EVTCHN _IOC(_IOC_NONE, 'B', 0, 0)

#define PAGE        4096u
#define CALLS       16u
#define ROUNDS      200u
#define NO_CALL     0xffffu
#define VERSION_4_0 0x40000 /* none is older than that */

static int privcmd;

static long call(uint64_t number, uint64_t a, uint64_t b)
{
    struct privcmd_hypercall request = { .number = number, .argument = { a, b } };

    return ioctl(privcmd, IOCTL_PRIVCMD_HYPERCALL, &request);
}

/* Memory that the hypervisor may write: it stays where it is. */
static void *buffer(void)
{
    int file = open("/dev/xen/hypercall", O_RDWR);
    void *memory;

    MUST(file >= 0);
    memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    MUST(memory != MAP_FAILED);
    return memory;
}

static void check_multicall(void)
{
    struct multicall_entry *entries = buffer();
    long version = call(__HYPERVISOR_xen_version, XENVER_version, 0);

    MUST(version >= VERSION_4_0);
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < CALLS; i++) {
            entries[i] = (struct multicall_entry){ .op = __HYPERVISOR_xen_version,
                                                   .result = 0xdead,
                                                   .args = { XENVER_version } };
        }
        entries[3].op = NO_CALL;
        MUST(call(__HYPERVISOR_multicall, (uintptr_t)entries, CALLS) == 0);
        for (unsigned i = 0; i < CALLS; i++)
            MUST((long)entries[i].result == (i == 3 ? -ENOSYS : version));
    }
    MUST(call(NO_CALL, 0, 0) < 0 && errno == ENOSYS);
    MUST(call(__HYPERVISOR_multicall, 0x1000, CALLS) < 0 && errno == EFAULT);
    printf("check: %u multicalls of %u calls\n", ROUNDS, CALLS);
}

static void check_store_connection(void)
{
    int file = open("/dev/xen/xenbus_backend", O_RDWR);
    void *page;

    MUST(file >= 0);
    MUST(ioctl(file, IOCTL_XENBUS_BACKEND_EVTCHN) > 0);
    page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    MUST(page != MAP_FAILED);
    MUST(munmap(page, PAGE) == 0);
    close(file);
    puts("check: the store's page and port are there");
}

int main(void)
{
    privcmd = open("/dev/xen/privcmd", O_RDWR);
    MUST(privcmd >= 0);
    check_multicall();
    check_store_connection();
    return 0;
}
