/* SPDX-License-Identifier: MIT */
/*
 * Flushes that guests ask for go to the CPUs that have a root of the vCPUs named. A vCPU whose
 * root no CPU has gets it by a write of CR3, which flushes; nothing is Global, and there is no
 * PCID. So flushing the root that is loaded is enough: the vCPU's other one comes by CR3, too.
 *
 * Flush all of a vCPU's translations rather than one on other CPUs: a request carries no address.
 */
#include "pvmmu/flush.h"

#include "arch/arch.h"
#include "domain/domain.h"
#include "lib/barrier.h"
#include "lib/bits.h"
#include "mm/guest_access.h"
#include "pvmmu/pvmmu.h"
#include "pvmmu/roots.h"

int flush_vcpus_by_bitmap(struct vcpu *caller, uint64_t bitmap, cpu_mask_t *cpus)
{
    const struct domain *d = caller->domain;
    uint64_t wanted[BITMAP_WORDS(MAX_VCPUS)] = { 0 };
    size_t words = BITMAP_WORDS(d->vcpu_count);
    int error = copy_from_guest(wanted, bitmap, words * sizeof(uint64_t));

    *cpus = 0;
    if (error)
        return error;
    for (size_t i = bitmap_next_set(wanted, d->vcpu_count, 0); i < d->vcpu_count;
         i = bitmap_next_set(wanted, d->vcpu_count, i + 1))
        *cpus |= roots_cpus_of(d->vcpus[i]);
    return 0;
}

cpu_mask_t flush_all_cpus(const struct vcpu *caller)
{
    return atomic_load(&caller->domain->dirty_cpus);
}

void flush_cpus(cpu_mask_t cpus)
{
    if (cpus == CPU_MASK(this_cpu()->id))
        tlb_flush_local();
    else if (cpus)
        tlb_flush_cpus(cpus);
}

void flush_address(cpu_mask_t cpus, uint64_t va)
{
    cpu_mask_t self = CPU_MASK(this_cpu()->id);

    if (!guest_address_ok(va))
        return;
    if (cpus & self)
        invlpg(va);
    flush_cpus(cpus & ~self);
}

void mmu_flush_domain(struct domain *d, uint32_t stamp)
{
    cpu_mask_t stale;

    barrier_full();
    stale = tlb_filter(atomic_load(&d->dirty_cpus), stamp);
    if (stale)
        tlb_flush_cpus(stale);
}
