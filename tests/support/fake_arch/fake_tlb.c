/* SPDX-License-Identifier: MIT */
/*
 * In place of arch/tlb.c: the clock works as there, so that stamps can be tested, but a flush
 * is a note that it was wanted, and fake_tlb_flushed() if a test has that.
 */
#include "arch/tlb.h"
#include "arch/x86.h"
#include "support/fake_arch/fake_machine.h"

_Atomic uint32_t tlb_clock;

uint32_t tlb_clock_advance(uint32_t odd)
{
    atomic_compare_exchange_strong(&tlb_clock, &odd, odd + 1);
    return atomic_load(&tlb_clock) & ~1u;
}

cpu_mask_t tlb_filter(cpu_mask_t mask, uint32_t stamp)
{
    for (uint32_t id = 0; id < MAX_CPUS; id++) {
        if ((mask & CPU_MASK(id)) && tlb_flushed_since(cpu_by_id(id), stamp))
            mask &= ~CPU_MASK(id);
    }
    return mask;
}

void tlb_flush_local(void)
{
    fake_requests.flushes_local++;
    tlb_flush_end(this_cpu(), tlb_flush_begin());
    if (fake_tlb_flushed)
        fake_tlb_flushed(this_cpu()->id);
}

void tlb_flush_cpus(cpu_mask_t mask)
{
    uint32_t clock = tlb_flush_begin();

    fake_requests.flush_calls++;
    fake_requests.flush_mask = mask;
    for (uint32_t id = 0; id < MAX_CPUS; id++) {
        if (!(mask & CPU_MASK(id)))
            continue;
        tlb_flush_end(cpu_by_id(id), clock);
        if (fake_tlb_flushed)
            fake_tlb_flushed(id);
    }
}
