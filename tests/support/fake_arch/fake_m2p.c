/* SPDX-License-Identifier: MIT */
/* In place of mm/m2p.c: no tables, only the entries. */
#include <string.h>

#include "mm/m2p.h"
#include "support/fake_arch/fake_machine.h"

mfn_t fake_m2p_backing = { ~0UL };

mfn_t m2p_backing(mfn_t frame)
{
    (void)frame;
    return fake_m2p_backing;
}

bool m2p_chunk_start(mfn_t frame)
{
    m2p_chunk_fill(frame);
    return false;
}

void m2p_chunk_fill(mfn_t frame)
{
    uint64_t first = frame.number >> FRAME_CHUNK_SHIFT << FRAME_CHUNK_SHIFT;

    memset((uint64_t *)M2P_WRITE_VIRT + first, 0xff, PAGE_SIZE);
}
