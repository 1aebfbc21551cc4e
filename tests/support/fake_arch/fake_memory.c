/* SPDX-License-Identifier: MIT */
/* Memory and its tables: addresses of the host that cost nothing until they are touched. */
#include <stdlib.h>

#include "mm/frame.h"
#include "mm/frame_alloc.h"
#include "support/fake_arch/fake_machine.h"

void fake_machine_start_with(const struct memory_range *ranges, unsigned count)
{
    static void *tables;
    uint64_t frames = 0;

    fake_cpus_start(1);
    for (unsigned i = 0; i < count; i++) {
        uint64_t end = ranges[i].end >> PAGE_SHIFT;
        frames = end > frames ? end : frames;
    }
    free(tables);
    tables = malloc(frame_alloc_table_bytes(frames));
    frame_alloc_init(frames, tables);
    for (unsigned i = 0; i < count; i++)
        frame_alloc_add_region(maddr_to_mfn(maddr(ranges[i].start)),
                               maddr_to_mfn(maddr(ranges[i].end)));
}

void fake_machine_start(unsigned mib)
{
    struct memory_range range = { 0x100000, (uint64_t)mib << 20 };

    fake_machine_start_with(&range, 1);
}
