/* SPDX-License-Identifier: MIT */
#include "grants.h"

volatile struct grant_entry_v1 *grant_table;
uint64_t grant_frame;

void grants_setup(void)
{
    struct gnttab_setup_table setup = { .dom = DOMID_SELF,
                                        .nr_frames = 1,
                                        .frame_list = (uint64_t)&grant_frame };
    void *page = page_hole();

    require_eq(hypercall(grant_table_op, GNTTABOP_setup_table, &setup, 1), 0, "setup_table");
    require_eq(setup.status, GNTST_okay, "the status of setup_table");
    require_eq(map_page(page, grant_frame << 12 | PTE_RW), 0, "the grant frame is mapped");
    grant_table = page;
}

void grant_mfn(unsigned ref, uint16_t domain, uint64_t mfn, uint16_t flags)
{
    grant_table[ref].domid = domain;
    grant_table[ref].frame = (uint32_t)mfn;
    barrier();
    grant_table[ref].flags = flags;
}

void grant(unsigned ref, const volatile void *page, uint16_t flags)
{
    grant_mfn(ref, OWN_DOMAIN, mfn_of(page), flags);
}

bool grant_revoke(unsigned ref)
{
    uint16_t flags = grant_table[ref].flags;

    do {
        if (flags & (GTF_reading | GTF_writing))
            return false;
    } while (!__atomic_compare_exchange_n(&grant_table[ref].flags, &flags, 0, false,
                                          __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    return true;
}

void *page_hole(void)
{
    void *page = page_new();

    require_eq(map_page(page, 0), 0, "a page is unmapped");
    return page;
}

static int perform(unsigned command, void *op, const int16_t *status)
{
    expect_eq(hypercall(grant_table_op, command, op, 1), 0, "grant_table_op");
    return *(const volatile int16_t *)status;
}

int grant_map(struct gnttab_map_grant_ref *op)
{
    op->status = 77;
    return perform(GNTTABOP_map_grant_ref, op, &op->status);
}

int grant_unmap(struct gnttab_unmap_grant_ref *op)
{
    op->status = 77;
    return perform(GNTTABOP_unmap_grant_ref, op, &op->status);
}

int grant_replace(struct gnttab_unmap_and_replace *op)
{
    op->status = 77;
    return perform(GNTTABOP_unmap_and_replace, op, &op->status);
}

int grant_copy(struct gnttab_copy *op)
{
    op->status = 77;
    return perform(GNTTABOP_copy, op, &op->status);
}

grant_handle_t grant_map_of(uint16_t domain, volatile void *address, unsigned ref, uint32_t flags)
{
    struct gnttab_map_grant_ref op = {
        .host_addr = (uint64_t)address, .flags = GNTMAP_host_map | flags, .ref = ref, .dom = domain
    };

    require_eq(grant_map(&op), GNTST_okay, "a grant is mapped");
    return op.handle;
}

grant_handle_t grant_map_at(volatile void *address, unsigned ref, uint32_t flags)
{
    return grant_map_of(OWN_DOMAIN, address, ref, flags);
}

int grant_unmap_at(volatile void *address, grant_handle_t handle)
{
    struct gnttab_unmap_grant_ref op = { .host_addr = (uint64_t)address, .handle = handle };

    return grant_unmap(&op);
}
