/* SPDX-License-Identifier: MIT */
/*
 * acquire_resource lists the grant frames of a domain for its builder, which maps them as that domain's; without a list it says how
 * many there may be. It is for the control domain. (abi-facts 5.10)
 *
 * Machine: domains=1
 */
#include "guest.h"

static uint64_t frames[4];

static long acquire(struct xen_mem_acquire_resource *op)
{
    return hypercall(memory_op, XENMEM_acquire_resource, op);
}

#define GRANT_TABLE_OF(domain, count)                                                              \
    (struct xen_mem_acquire_resource)                                                              \
    {                                                                                              \
        .domid = (domain), .type = XENMEM_resource_grant_table,                                    \
        .id = XENMEM_resource_grant_table_id_shared, .nr_frames = (count),                         \
        .frame_list = (uint64_t)frames                                                             \
    }

void neighbour_main(uint32_t id)
{
    struct xen_mem_acquire_resource op = GRANT_TABLE_OF((domid_t)id, 1);

    expect_eq(acquire(&op), -XEN_EPERM, "by the domain itself");
    op.domid = 0;
    expect_eq(acquire(&op), -XEN_EPERM, "of the control domain");
}

static void check_refusals(void)
{
    struct xen_mem_acquire_resource op = GRANT_TABLE_OF(77, 1);

    expect_eq(acquire(&op), -XEN_ESRCH, "of nobody");
    op = GRANT_TABLE_OF(1, 1);
    op.type = 0;
    expect_eq(acquire(&op), -XEN_EOPNOTSUPP, "another resource");
    op = GRANT_TABLE_OF(1, 1);
    op.id = 1;
    expect_eq(acquire(&op), -XEN_EINVAL, "the status frames");
    op = GRANT_TABLE_OF(1, 1);
    op.frame = 1000000;
    expect_eq(acquire(&op), -XEN_EINVAL, "frames beyond the limit");
    op.frame = ~0UL;
    expect_eq(acquire(&op), -XEN_EINVAL, "the largest number");
    op = GRANT_TABLE_OF(1, ~0u);
    expect_eq(acquire(&op), -XEN_EINVAL, "more than there can be");
    op = GRANT_TABLE_OF(1, 1);
    op.frame_list = HYPERVISOR_VIRT_START;
    expect_eq(acquire(&op), -XEN_EFAULT, "a list in the hypervisor");
    op = GRANT_TABLE_OF(1, 1);
    op.pad = 1;
    expect_eq(acquire(&op), -XEN_EINVAL, "a field that must be zero");
}

void test_main(void)
{
    struct xen_mem_acquire_resource op = GRANT_TABLE_OF(1, 0);
    struct mmu_update update;
    volatile struct grant_entry_v1 *entry = page_new();

    op.frame_list = 0;
    expect_eq(acquire(&op), 0, "how many");
    expect(op.nr_frames > 0, "some");
    op = GRANT_TABLE_OF(1, 1);
    expect_eq(acquire(&op), 0, "the first frame");
    update.ptr = pte_address((uint64_t)entry, 1);
    update.val = frames[0] << 12 | PTE_RW;
    expect_eq(hypercall(mmu_update, &update, 1, NULL, 1), 0, "is mapped as the neighbour's");
    entry[0].domid = 0;
    expect_eq(entry[0].flags, 0, "an entry that nobody has used");
    update.val = entry_of((void *)(uint64_t)entry, PTE_RW);
    expect_eq(hypercall(mmu_update, &update, 1, NULL, DOMID_SELF), 0, "its own page again");
    check_refusals();
    neighbour_wait(1);
}
