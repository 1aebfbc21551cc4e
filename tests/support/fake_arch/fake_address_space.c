/* SPDX-License-Identifier: MIT */
/* Where arch/layout.h of the tests points to; reserved once, before any test runs. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "arch/layout.h"

uint8_t *fake_memory;
uint8_t *fake_frame_table;
uint8_t *fake_m2p;
uint8_t fake_cpu_regions[MAX_CPUS * CPU_REGION_SIZE] __attribute__((aligned(CPU_REGION_SIZE)));

#define FRAMES_MAX    (FAKE_MEMORY_MAX >> PAGE_SHIFT)
#define FRAME_BYTES   16
#define LARGEST_BLOCK 0x40000000UL

/* Where there is room on any host: apart by more than the real areas' sizes, and below the hole. */
#define MEMORY_HINT      ((void *)0x200000000000UL)
#define FRAME_TABLE_HINT ((void *)0x300000000000UL)
#define M2P_HINT         ((void *)0x380000000000UL)

static uint8_t *reserve(void *hint, size_t bytes)
{
    uint8_t *area = mmap(hint, bytes + LARGEST_BLOCK, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (area == MAP_FAILED) {
        perror("fake memory");
        abort();
    }
    /* As aligned as machine addresses are, so that alignment can be seen in pointers. */
    return (uint8_t *)(((uintptr_t)area + LARGEST_BLOCK - 1) & ~(LARGEST_BLOCK - 1));
}

__attribute__((constructor)) static void reserve_all(void)
{
    fake_memory = reserve(MEMORY_HINT, FAKE_MEMORY_MAX);
    fake_frame_table = reserve(FRAME_TABLE_HINT, FRAMES_MAX * FRAME_BYTES);
    fake_m2p = reserve(M2P_HINT, FRAMES_MAX * sizeof(uint64_t));
}
