/* SPDX-License-Identifier: MIT */
/*
 * A page that is given back to the hypervisor is handed out again only when no vCPU can write it by its TLB any more, though the guest
 * never flushed (abi-facts 5.1, I4; XSA-241).
 *
 * Machine: cpus=2
 */
#include "guest.h"

#define ROUNDS 10u

static volatile uint64_t *page;
static volatile unsigned round, faulted, running;
static volatile bool is_reused;
static volatile unsigned late_writes;

static void write_until_fault(void *unused)
{
    (void)unused;
    for (;;) {
        bool was_reused = is_reused;

        page[5] = 0;
        if (was_reused)
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
        (void)try(write_until_fault, NULL);
        faulted = i;
    }
}

static long reserve(uint32_t command, uint64_t *mfn)
{
    struct xen_memory_reservation op = { .extent_start = (uint64_t)mfn,
                                         .nr_extents = 1,
                                         .domid = DOMID_SELF };

    return hypercall(memory_op, command, &op);
}

/* The same frame comes back, because it was freed last; then it has a page of its own. */
static void give_back_and_take(uint64_t mfn)
{
    uint64_t got = mfn;

    require_eq(hypercall(update_va_mapping, page, 0, UVMF_NONE), 0, "unmapped, without a flush");
    require_eq(reserve(XENMEM_decrease_reservation, &got), 1, "given back");
    require_eq(reserve(XENMEM_increase_reservation, &got), 1, "a frame is got");
    if (got != mfn) { /* nothing to see in this round, but the writer has to end */
        print("another frame was got");
        (void)mmu_extended(MMUEXT_TLB_FLUSH_ALL, 0);
    }
}

void test_main(void)
{
    require_eq(vcpu_start(1, writer), 0, "vCPU 1");
    for (unsigned i = 1; i <= ROUNDS; i++) {
        is_reused = false;
        page = page_new();
        page[5] = 1;
        round = i;
        while (running != i || page[5])
            cpu_relax();
        give_back_and_take(mfn_of(page));
        is_reused = true;
        while (faulted != i) {
            if (late_writes) {
                failure("writes to what is not the page any more");
                return;
            }
        }
    }
    vcpu_wait(1);
}
