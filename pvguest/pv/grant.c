/* SPDX-License-Identifier: MIT */
/*
 * The grant table, which the hypervisor and this kernel share. It grows by a frame when its
 * references run out.
 *
 * A reference is free, in use, or lingering: ended here while the other domain has the page
 * mapped. Lingering ones are tried again whenever another one ends. The lock guards the lists.
 */
#include "pv/grant.h"

#include "kernel/page.h"
#include "kernel/print.h"
#include "kernel/spinlock.h"
#include "pv/hypercall.h"
#include "pv/pv.h"

#define FRAME_LIMIT       16u
#define ENTRIES_PER_FRAME ((uint32_t)(PAGE_SIZE / sizeof(struct grant_entry_v1)))
#define ENTRY_LIMIT       (FRAME_LIMIT * ENTRIES_PER_FRAME)
#define IN_USE            (GTF_reading | GTF_writing)

/* Where the frames of the table are mapped; the pages that were here are not used. */
static struct grant_entry_v1 table[ENTRY_LIMIT] __attribute__((aligned(PAGE_SIZE)));
static uint16_t next_free[ENTRY_LIMIT]; /* of lingering ones: the next of those */
static uint32_t frames;
static struct spinlock lock;
static uint16_t first_free, first_lingering;
static uint32_t used_count, lingering_count;

_Static_assert(ENTRY_LIMIT <= UINT16_MAX, "references fit next_free");

/* With the lock held: one frame more, if the domain may have it. */
static bool grow(void)
{
    uint64_t mfns[FRAME_LIMIT];
    struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = frames + 1 };

    if (frames == FRAME_LIMIT)
        return false;
    setup.frame_list = (uint64_t)mfns;
    if (hypercall_grant_table_op(GNTTABOP_setup_table, (uint64_t)&setup, 1) ||
        setup.status != GNTST_okay)
        return false;
    uint32_t first = frames * ENTRIES_PER_FRAME;
    uint32_t usable = first ? first : GNTTAB_NR_RESERVED_ENTRIES;

    page_table_map_machine((uint64_t)&table[first], mfns[frames] << PAGE_SHIFT);
    frames++;
    for (uint32_t ref = first + ENTRIES_PER_FRAME; ref-- > usable;) {
        next_free[ref] = first_free;
        first_free = (uint16_t)ref;
    }
    return true;
}

void grant_init(void)
{
    if (!grow())
        print("grant: this domain has no grant table\n");
}

grant_ref_t grant_access(uint16_t domain, uint64_t pfn, bool is_readonly)
{
    bool were_on = spin_lock(&lock);
    uint32_t ref = GRANT_NONE;

    if (first_free || grow()) {
        ref = first_free;
        first_free = next_free[ref];
        used_count++;
        table[ref].domid = domain;
        table[ref].frame = (uint32_t)page_table_mfn(pfn);
        /* The hypervisor looks at the rest once it sees the type. */
        __atomic_store_n(&table[ref].flags,
                         (uint16_t)(GTF_permit_access | (is_readonly ? GTF_readonly : 0)),
                         __ATOMIC_SEQ_CST);
    }
    spin_unlock(&lock, were_on);
    return ref;
}

static bool try_end(uint32_t ref)
{
    uint16_t flags = __atomic_load_n(&table[ref].flags, __ATOMIC_SEQ_CST);

    do {
        if (flags & IN_USE)
            return false;
    } while (!__atomic_compare_exchange_n(&table[ref].flags, &flags, 0, false, __ATOMIC_SEQ_CST,
                                          __ATOMIC_SEQ_CST));
    next_free[ref] = first_free;
    first_free = (uint16_t)ref;
    used_count--;
    return true;
}

/* The entry itself remembers which page it was. */
static void end_lingering(void)
{
    uint16_t *link = &first_lingering;

    while (*link) {
        uint32_t ref = *link;
        uint16_t next = next_free[ref];
        uint64_t pfn = page_table_pfn(table[ref].frame);

        if (try_end(ref)) {
            *link = next;
            lingering_count--;
            page_put(pfn);
        } else {
            link = &next_free[ref];
        }
    }
}

bool grant_end(grant_ref_t ref, uint64_t pfn)
{
    bool were_on = spin_lock(&lock);
    bool has_ended;

    end_lingering();
    has_ended = try_end(ref);
    if (!has_ended) {
        page_get(pfn);
        next_free[ref] = first_lingering;
        first_lingering = (uint16_t)ref;
        lingering_count++;
    }
    spin_unlock(&lock, were_on);
    return has_ended;
}

uint32_t grant_count_used(void)
{
    return used_count;
}

uint32_t grant_count_lingering(void)
{
    return lingering_count;
}
