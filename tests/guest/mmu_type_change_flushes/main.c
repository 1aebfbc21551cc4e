/* SPDX-License-Identifier: MIT */
/*
 * A page that another vCPU can still write by its TLB, because the guest has not flushed it, becomes a page table only after the
 * hypervisor has: no write by the old entry is possible when the pin succeeds (XSA-241, XSA-401; abi-facts 5.1).
 *
 * Machine: cpus=2
 */
#include "guest.h"

#define ROUNDS 40u

static volatile uint64_t page[512] PAGE_ALIGNED;
static volatile unsigned round, faulted, running;
static volatile bool is_pinned;
static volatile unsigned late_writes;

static void write_until_fault(void *unused)
{
    (void)unused;
    for (;;) {
        bool was_pinned = is_pinned;

        page[5] = 0;
        if (was_pinned)
            late_writes++;
    }
}

static void writer(uint32_t id)
{
    (void)id;
    for (unsigned i = 1; i <= ROUNDS; i++) {
        while (round != i)
            cpu_relax();
        running = i;
        if (try(write_until_fault, NULL).vector != VECTOR_PF)
            failure("the writer ends by another exception");
        faulted = i;
    }
}

void test_main(void)
{
    require_eq(vcpu_start(1, writer), 0, "vCPU 1");
    for (unsigned i = 1; i <= ROUNDS; i++) {
        is_pinned = false;
        require_eq(map_page(page, entry_of(page, PTE_RW)), 0, "a writable page");
        page[5] = 1;
        round = i;
        while (running != i || page[5])
            cpu_relax();
        require_eq(hypercall(update_va_mapping, page, entry_of(page, PTE_RO), UVMF_NONE), 0,
                   "read-only, without a flush");
        require_eq(mmu_extended(MMUEXT_PIN_L1_TABLE, mfn_of(page)), 0, "a page table");
        is_pinned = true;
        while (faulted != i) {
            if (late_writes) {
                failure("writes to the page table");
                return;
            }
        }
        require_eq(mmu_extended(MMUEXT_UNPIN_TABLE, mfn_of(page)), 0, "a page again");
    }
    vcpu_wait(1);
}
