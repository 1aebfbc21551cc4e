/* SPDX-License-Identifier: MIT */
/*
 * /dev/xen/gntalloc grants pages of this domain to itself, /dev/xen/gntdev maps them: the same memory at
 * two addresses, writable or not as granted, and copied by the hypervisor without a mapping.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hypercall-abi/grant_table.h" /* which the next ones need */

#include <xen/gntalloc.h>
#include <xen/gntdev.h>

#include "tests/control/must.h"

#define PAGE   4096u
#define PAGES  16u
#define ROUNDS 50u

struct granted {
    struct ioctl_gntalloc_alloc_gref *request;
    uint8_t *memory;
};

static int gntalloc, gntdev;

static struct granted grant(uint16_t flags)
{
    struct granted g = { .request = calloc(1, sizeof(*g.request) + PAGES * sizeof(uint32_t)) };

    MUST(g.request);
    g.request->domid = 0;
    g.request->flags = flags;
    g.request->count = PAGES;
    MUST(ioctl(gntalloc, IOCTL_GNTALLOC_ALLOC_GREF, g.request) == 0);
    g.memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, gntalloc,
                    (off_t)g.request->index);
    MUST(g.memory != MAP_FAILED);
    return g;
}

static void end_grant(struct granted *g)
{
    struct ioctl_gntalloc_dealloc_gref end = { .index = g->request->index, .count = PAGES };

    MUST(munmap(g->memory, PAGES * PAGE) == 0);
    MUST(ioctl(gntalloc, IOCTL_GNTALLOC_DEALLOC_GREF, &end) == 0);
    free(g->request);
}

/* NULL: it is not to be had. */
static uint8_t *map(const struct granted *g, int protection, uint64_t *index)
{
    struct ioctl_gntdev_map_grant_ref *request =
        calloc(1, sizeof(*request) + PAGES * sizeof(request->refs[0]));
    uint8_t *memory;

    MUST(request);
    request->count = PAGES;
    for (unsigned i = 0; i < PAGES; i++)
        request->refs[i] =
            (struct ioctl_gntdev_grant_ref){ .domid = 0, .ref = g->request->gref_ids[i] };
    MUST(ioctl(gntdev, IOCTL_GNTDEV_MAP_GRANT_REF, request) == 0);
    *index = request->index;
    free(request);
    memory = mmap(NULL, PAGES * PAGE, protection, MAP_SHARED, gntdev, (off_t)*index);
    return memory == MAP_FAILED ? NULL : memory;
}

static void unmap(uint8_t *memory, uint64_t index)
{
    struct ioctl_gntdev_unmap_grant_ref end = { .index = index, .count = PAGES };

    MUST(!memory || munmap(memory, PAGES * PAGE) == 0);
    MUST(ioctl(gntdev, IOCTL_GNTDEV_UNMAP_GRANT_REF, &end) == 0);
}

static void fill(uint8_t *memory, unsigned seed)
{
    for (unsigned i = 0; i < PAGES * PAGE; i++)
        memory[i] = (uint8_t)(i * 7 + (i >> 8) + seed);
}

static void check_writable(unsigned round)
{
    struct granted g = grant(GNTALLOC_FLAG_WRITABLE);
    uint64_t index;
    uint8_t *memory;

    fill(g.memory, round);
    memory = map(&g, PROT_READ | PROT_WRITE, &index);
    MUST(memory && memory != g.memory);
    MUST(memcmp(memory, g.memory, PAGES * PAGE) == 0);
    fill(memory, round + 1);
    MUST(memcmp(memory, g.memory, PAGES * PAGE) == 0 && g.memory[0] == (uint8_t)(round + 1));
    unmap(memory, index);
    end_grant(&g);
}

static void check_read_only(void)
{
    struct granted g = grant(0);
    uint64_t index;
    uint8_t *memory;

    fill(g.memory, 3);
    memory = map(&g, PROT_READ | PROT_WRITE, &index);
    MUST(!memory);
    unmap(memory, index);
    memory = map(&g, PROT_READ, &index);
    MUST(memory && memcmp(memory, g.memory, PAGES * PAGE) == 0);
    unmap(memory, index);
    end_grant(&g);
}

static void check_copy(void)
{
    struct granted g = grant(GNTALLOC_FLAG_WRITABLE);
    static uint8_t local[2 * PAGE] __attribute__((aligned(PAGE)));
    struct gntdev_grant_copy_segment segment = {
        .source.foreign = { .ref = g.request->gref_ids[2], .offset = 100, .domid = 0 },
        .dest.virt = local + 50,
        .len = 3000,
        .flags = GNTCOPY_source_gref,
    };
    struct ioctl_gntdev_grant_copy copy = { .count = 1, .segments = &segment };

    fill(g.memory, 9);
    MUST(ioctl(gntdev, IOCTL_GNTDEV_GRANT_COPY, &copy) == 0 && segment.status == 0);
    MUST(memcmp(local + 50, g.memory + 2 * PAGE + 100, 3000) == 0);
    MUST(local[49] == 0 && local[3050] == 0);
    segment.source.foreign.ref = 100000;
    MUST(ioctl(gntdev, IOCTL_GNTDEV_GRANT_COPY, &copy) == 0 && segment.status < 0);
    end_grant(&g);
}

int main(void)
{
    gntalloc = open("/dev/xen/gntalloc", O_RDWR);
    gntdev = open("/dev/xen/gntdev", O_RDWR);
    MUST(gntalloc >= 0 && gntdev >= 0);
    for (unsigned round = 0; round < ROUNDS; round++)
        check_writable(round);
    check_read_only();
    check_copy();
    printf("check: %u times %u grants of its own\n", ROUNDS, PAGES);
    return 0;
}
