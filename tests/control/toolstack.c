/* SPDX-License-Identifier: MIT */
/*
 * A toolstack in miniature, from a program of the stock kernel: by /dev/xen/privcmd it asks what the
 * machine has, creates a domain with memory, maps and fills its pages and its grant table, lets it go
 * while a page is still mapped, and finds all memory free afterwards.
 */
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hypercall-abi/domctl.h"
#include "hypercall-abi/memory.h"
#include "hypercall-abi/sysctl.h"
#include "hypercall-abi/xen.h"

#include "tests/control/must.h"

/* The kernel's own header names files that user space does not have. */
struct privcmd_hypercall {
    uint64_t op;
    uint64_t arg[5];
};

struct privcmd_mmapbatch_v2 {
    uint32_t num;
    uint16_t dom;
    uint64_t addr;
    const uint64_t *arr;
    int *err;
};

struct privcmd_mmap_resource {
    uint16_t dom;
    uint32_t type;
    uint32_t id;
    uint32_t idx;
    uint64_t num;
    uint64_t addr;
};

#define PRIVCMD(number, type)       _IOC(_IOC_NONE, 'P', number, sizeof(struct type))
#define IOCTL_PRIVCMD_HYPERCALL     PRIVCMD(0, privcmd_hypercall)
#define IOCTL_PRIVCMD_MMAPBATCH_V2  PRIVCMD(4, privcmd_mmapbatch_v2)
#define IOCTL_PRIVCMD_MMAP_RESOURCE PRIVCMD(7, privcmd_mmap_resource)

#define PAGE       4096u
#define PAGES      1024u /* 4 MiB, in two extents of 2 MiB */
#define ORDER_2MIB 9u
#define ROUNDS     40u /* more than the pages of a domain's structures: so a page of each is missed */

/* What the hypervisor reads and writes is here: memory that stays where it is. */
static struct arguments {
    struct xen_domctl domctl;
    struct xen_sysctl sysctl;
    struct xen_memory_reservation reservation;
    uint64_t extents[PAGES];
} * arguments;

static int privcmd;

static long call(uint64_t number, uint64_t first, uint64_t second)
{
    struct privcmd_hypercall request = { .op = number, .arg = { first, second } };

    return ioctl(privcmd, IOCTL_PRIVCMD_HYPERCALL, &request);
}

static long domctl(uint32_t command, uint16_t domain)
{
    arguments->domctl.cmd = command;
    arguments->domctl.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    arguments->domctl.domain = domain;
    return call(__HYPERVISOR_domctl, (uint64_t)&arguments->domctl, 0);
}

static uint64_t free_pages(void)
{
    arguments->sysctl.cmd = XEN_SYSCTL_physinfo;
    arguments->sysctl.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    MUST(call(__HYPERVISOR_sysctl, (uint64_t)&arguments->sysctl, 0) == 0);
    return arguments->sysctl.u.physinfo.free_pages;
}

static uint16_t create(void)
{
    struct xen_domctl_createdomain *request = &arguments->domctl.u.createdomain;
    uint16_t id;

    memset(request, 0, sizeof(*request));
    request->max_vcpus = 2;
    request->max_evtchn_port = 1023;
    request->max_grant_frames = request->max_maptrack_frames = -1;
    request->grant_opts = 1;
    MUST(domctl(XEN_DOMCTL_createdomain, DOMID_INVALID) == 0);
    id = arguments->domctl.domain;
    arguments->domctl.u.max_vcpus.max = 2;
    MUST(domctl(XEN_DOMCTL_max_vcpus, id) == 0);
    arguments->domctl.u.max_mem.max_memkb = PAGES * PAGE / 1024;
    MUST(domctl(XEN_DOMCTL_max_mem, id) == 0);
    return id;
}

/* Two large extents; afterwards extents[pfn] is the frame of each page. */
static void populate(uint16_t id)
{
    const uint64_t count = PAGES >> ORDER_2MIB;

    for (uint64_t i = 0; i < count; i++)
        arguments->extents[i] = i << ORDER_2MIB;
    arguments->reservation =
        (struct xen_memory_reservation){ .extent_start = (uint64_t)arguments->extents,
                                         .nr_extents = count,
                                         .extent_order = ORDER_2MIB,
                                         .domid = id };
    MUST(call(__HYPERVISOR_memory_op, XENMEM_populate_physmap, (uint64_t)&arguments->reservation) ==
         (long)count);
    for (uint64_t pfn = PAGES; pfn-- > 0;)
        arguments->extents[pfn] =
            arguments->extents[pfn >> ORDER_2MIB] + (pfn & ((1u << ORDER_2MIB) - 1));
}

static uint64_t *map_frames(uint16_t id, const uint64_t *frames, unsigned count)
{
    static int errors[PAGES];
    uint64_t *memory =
        mmap(NULL, (size_t)count * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, privcmd, 0);
    struct privcmd_mmapbatch_v2 request = {
        .num = count, .dom = id, .addr = (uint64_t)memory, .arr = frames, .err = errors
    };

    MUST(memory != MAP_FAILED);
    MUST(ioctl(privcmd, IOCTL_PRIVCMD_MMAPBATCH_V2, &request) == 0);
    for (unsigned i = 0; i < count; i++)
        MUST(errors[i] == 0);
    return memory;
}

static void fill_and_compare(uint16_t id)
{
    uint64_t *memory = map_frames(id, arguments->extents, PAGES);
    uint64_t *again;

    for (unsigned i = 0; i < PAGES; i++) {
        MUST(memory[i * (PAGE / 8)] == 0 && memory[i * (PAGE / 8) + 511] == 0);
        memory[i * (PAGE / 8) + 7] = i * 3 + id;
    }
    MUST(munmap(memory, PAGES * PAGE) == 0);
    again = map_frames(id, arguments->extents, PAGES);
    for (unsigned i = 0; i < PAGES; i++)
        MUST(again[i * (PAGE / 8) + 7] == i * 3 + id);
    MUST(munmap(again, PAGES * PAGE) == 0);
}

/* Seeds the first grant, as for the console's ring. */
static void seed_grant(uint16_t id)
{
    uint32_t *table = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, privcmd, 0);
    struct privcmd_mmap_resource request = {
        .dom = id, .type = XENMEM_resource_grant_table, .num = 1, .addr = (uint64_t)table
    };

    MUST(table != MAP_FAILED);
    MUST(ioctl(privcmd, IOCTL_PRIVCMD_MMAP_RESOURCE, &request) == 0);
    MUST(table[0] == 0);
    table[1] = (uint32_t)arguments->extents[5];
    table[0] = 1;
    MUST(munmap(table, PAGE) == 0);
}

static int is_there(uint16_t id)
{
    return domctl(XEN_DOMCTL_getdomaininfo, id) == 0 && arguments->domctl.domain == id;
}

static void live_and_die(void)
{
    uint16_t id = create();
    uint64_t *page;

    populate(id);
    MUST(is_there(id) && arguments->domctl.u.getdomaininfo.tot_pages == PAGES);
    fill_and_compare(id);
    seed_grant(id);
    page = map_frames(id, &arguments->extents[17], 1);
    MUST(domctl(XEN_DOMCTL_destroydomain, id) == 0);
    MUST(is_there(id) && arguments->domctl.u.getdomaininfo.flags & XEN_DOMINF_dying);
    MUST(arguments->domctl.u.getdomaininfo.tot_pages == 1);
    MUST(page[7] == 17u * 3 + id);
    MUST(munmap(page, PAGE) == 0);
    while (is_there(id))
        usleep(1000);
    MUST(domctl(XEN_DOMCTL_destroydomain, id) < 0 && errno == ESRCH);
}

int main(void)
{
    uint64_t before;

    privcmd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);
    MUST(privcmd >= 0);
    arguments = mmap(NULL, sizeof(*arguments), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);
    MUST(arguments != MAP_FAILED);
    MUST(is_there(0) && arguments->domctl.u.getdomaininfo.flags & XEN_DOMINF_running);

    live_and_die();
    before = free_pages();
    for (unsigned i = 0; i < ROUNDS; i++)
        live_and_die();
    while (free_pages() < before) /* less, if the last domain's structures are not free yet */
        usleep(1000);
    printf("check: %u domains came and went, %lu pages are free\n", ROUNDS, before);
    return 0;
}
