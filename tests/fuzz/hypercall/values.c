/* SPDX-License-Identifier: MIT */
#include "fuzz/hypercall/values.h"

#include <string.h>

#include "arch/arch.h"
#include "arch/pte.h"
#include "hypercall-abi/xen.h"
#include "mm/guest_access.h"
#include "mm/ram.h"
#include "support/fake_arch/fake_devices.h"
#include "support/fuzz.h"
#include "support/whole/world.h"

struct domain *domains[DOMAINS];
struct random *dice;

uint64_t below(uint64_t limit)
{
    return random_below(dice, limit);
}

bool one_in(uint64_t n)
{
    return random_one_in(dice, n);
}

uint64_t any_edge(void)
{
    return random_edge(dice);
}

struct domain *self(void)
{
    return current_vcpu()->domain;
}

domid_t any_domid(void)
{
    switch (below(8)) {
    case 0:
        return (domid_t)below(DOMAINS + 1);
    case 1:
        return DOMID_IO;
    case 2:
        return DOMID_XEN;
    case 3:
        return (domid_t)any_edge();
    default:
        return DOMID_SELF;
    }
}

/* A pfn of the domain: often a page table, a page without a mapping, or an argument page. */
uint64_t any_pfn(const struct domain *d)
{
    uint64_t first, count = world_tables(d, &first);

    switch (below(5)) {
    case 0:
        return first + below(count);
    case 1:
        return 1024 + below(WORLD_DOMAIN_PAGES - 1024);
    case 2:
    case 3:
        return 200 + below(12); /* a few that come again and again */
    default:
        return below(WORLD_DOMAIN_PAGES);
    }
}

uint64_t any_mfn(void)
{
    const struct domain *d = one_in(6) ? domains[below(DOMAINS)] : self();

    switch (below(24)) {
    case 0:
        return any_edge();
    case 1:
        return below(frame_count + 4);
    case 2:
        return d->shared_frame.number;
    case 3:
        return below(0x100);
    default:
        return world_mfn(d, any_pfn(d)).number;
    }
}

uint64_t any_plain_mfn(void)
{
    return one_in(4) ? any_mfn() : world_mfn(self(), 400 + below(12)).number;
}

uint64_t any_entry(void)
{
    static const uint64_t flags[] = { PTE_PRESENT, PTE_WRITE, PTE_USER,  PTE_ACCESSED,
                                      PTE_DIRTY,   PTE_PCD,   PTE_PWT,   PTE_PAT,
                                      PTE_GLOBAL,  1UL << 9,  1UL << 58, PTE_NO_EXECUTE };
    uint64_t entry = any_mfn() << PAGE_SHIFT;

    if (one_in(10))
        return one_in(2) ? 0 : any_edge();
    entry |= PTE_PRESENT | PTE_USER | (one_in(2) ? PTE_WRITE : 0);
    while (one_in(3))
        entry ^= flags[below(sizeof(flags) / sizeof(flags[0]))];
    return entry;
}

/* An address that the first tables map, or nearly any other. */
uint64_t any_va(void)
{
    if (one_in(12))
        return any_edge();
    return WORLD_VIRT_BASE + any_pfn(self()) * PAGE_SIZE + (one_in(4) ? below(PAGE_SIZE) : 0);
}

uint32_t any_vcpu(void)
{
    return (uint32_t)(one_in(10) ? any_edge() : below(VCPUS));
}

uint32_t any_port(void)
{
    return (uint32_t)(one_in(10) ? any_edge() : below(one_in(3) ? 16 : 5));
}

/* ---- pirqs: numbers that the hypervisor chose ---- */

#define KNOWN_MAX 6u

static uint32_t known_pirqs[KNOWN_MAX];
static unsigned known_count;

void forget_pirqs(void)
{
    known_count = 0;
    memset(known_pirqs, 0, sizeof(known_pirqs));
}

void learn_pirq(uint32_t pirq)
{
    known_pirqs[known_count++ % KNOWN_MAX] = pirq;
}

uint32_t any_pirq(void)
{
    if (known_count == 0 || one_in(4))
        return (uint32_t)(one_in(8) ? any_edge() : below(FAKE_IOAPIC_PINS + 2) - 1);
    return known_pirqs[below(known_count < KNOWN_MAX ? known_count : KNOWN_MAX)];
}

/* ---- arguments in guest memory ---- */

static uint64_t write_at(uint64_t page, const void *argument, size_t bytes)
{
    uint64_t address = WORLD_ARGUMENTS + page * PAGE_SIZE;

    if (one_in(40) || copy_to_guest(address, argument, bytes))
        return any_edge();
    return address;
}

uint64_t put(const void *argument, size_t bytes)
{
    uint8_t spoilt[512];

    if (bytes <= sizeof(spoilt) && one_in(20)) {
        memcpy(spoilt, argument, bytes);
        random_mutate(dice, spoilt, bytes);
        argument = spoilt;
    }
    /* A large one may reach into the place of lists. */
    return write_at(below(WORLD_ARGUMENT_PAGES - 1), argument, bytes);
}

uint64_t put_list(const void *list, size_t bytes)
{
    return write_at(WORLD_ARGUMENT_PAGES - 1, list, bytes);
}

uint64_t noise_argument(void)
{
    uint64_t words[16];

    for (unsigned i = 0; i < 16; i++)
        words[i] = any_edge();
    return put(words, sizeof(words));
}
