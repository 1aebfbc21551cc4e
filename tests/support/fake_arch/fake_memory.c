/* SPDX-License-Identifier: MIT */
/* Memory and its tables: addresses of the host that cost nothing until they are touched. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "mm/frame.h"
#include "mm/frame_alloc.h"
#include "support/fake_arch/fake_machine.h"

static uint8_t chunk_map[(FAKE_MEMORY_MAX >> (PAGE_SHIFT + FRAME_CHUNK_SHIFT)) + 1];

void fake_machine_start_with(const struct memory_range *ranges, unsigned count)
{
    fake_cpus_start(1);
    frame_count = 0;
    for (unsigned i = 0; i < count; i++) {
        uint64_t end = ranges[i].end >> PAGE_SHIFT;
        frame_count = end > frame_count ? end : frame_count;
    }
    frame_chunks = chunk_map;
    frame_alloc_init();
    for (unsigned i = 0; i < count; i++)
        frame_alloc_add_region(maddr_to_mfn(maddr(ranges[i].start)),
                               maddr_to_mfn(maddr(ranges[i].end)));
}

void fake_machine_start(unsigned mib)
{
    struct memory_range range = { 0x100000, (uint64_t)mib << 20 };

    fake_machine_start_with(&range, 1);
}
