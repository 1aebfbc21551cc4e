/* SPDX-License-Identifier: MIT */
/*
 * memory_op tells how much memory there is, and who may have how much; of others only the control
 * domain asks (memory.h).
 *
 * Machine: domains=1
 */
#include "guest.h"

static long ask(uint32_t command, domid_t domain)
{
    return hypercall(memory_op, command, &domain);
}

void neighbour_main(uint32_t id)
{
    expect_eq(ask(XENMEM_current_reservation, DOMID_SELF), 2048, "8 MiB");
    expect_eq(ask(XENMEM_maximum_reservation, DOMID_SELF), 2048, "and no more");
    expect_eq(ask(XENMEM_current_reservation, (domid_t)id), 2048, "by its own id");
    expect(ask(XENMEM_current_reservation, 0) < 0, "of the control domain");
    expect(ask(XENMEM_maximum_reservation, 0) < 0, "of the control domain");
    expect(ask(XENMEM_maximum_gpfn, 0) < 0, "of the control domain");
}

void test_main(void)
{
    long frames = hypercall(memory_op, XENMEM_maximum_ram_page, NULL);

    expect(frames > 0x3000 && frames <= 0x4000, "64 MiB of RAM");
    expect_eq(ask(XENMEM_current_reservation, DOMID_SELF), (long)start_info->nr_pages, "own");
    expect(ask(XENMEM_maximum_reservation, DOMID_SELF) >= (long)start_info->nr_pages, "own limit");
    expect_eq(ask(XENMEM_current_reservation, 1), 2048, "the neighbour's");
    expect_eq(ask(XENMEM_current_reservation, 77), -XEN_ESRCH, "of no domain");
    shared_info->arch.max_pfn = 0x4321;
    expect_eq(ask(XENMEM_maximum_gpfn, DOMID_SELF), 0x4321, "what the guest says");
    expect_eq(hypercall(memory_op, XENMEM_current_reservation, NULL), -XEN_EFAULT, "null");
    expect_eq(hypercall(memory_op, 63, NULL), -XEN_ENOSYS, "a command that does not exist");
    expect_eq(hypercall(memory_op, XENMEM_add_to_physmap, NULL), -XEN_ENOSYS, "not for PV");
    neighbour_wait(1);
}
