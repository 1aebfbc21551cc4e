/* SPDX-License-Identifier: MIT */
/*
 * Emulated read-modify-write instructions are atomic between vCPUs: no bit that one of them sets or clears is lost to the other
 * (abi-facts 5.8).
 *
 * Machine: cpus=2
 */
#include "ptwr.h"

#define ROUNDS 3000u

static volatile bool is_ready;

/* Each vCPU has one of the software bits 9 and 10, and finds it as it left it. */
static void toggle(uint64_t bit)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        __atomic_fetch_or(ptwr_entry, bit, __ATOMIC_SEQ_CST);
        if (!(*ptwr_entry & bit)) {
            failure("bit %#lx is lost in round %u", bit, i);
            return;
        }
        __atomic_fetch_and(ptwr_entry, ~bit, __ATOMIC_SEQ_CST);
        if (*ptwr_entry & bit) {
            failure("bit %#lx is back in round %u", bit, i);
            return;
        }
    }
}

static void other_vcpu(uint32_t id)
{
    (void)id;
    is_ready = true;
    toggle(BIT(10));
}

void test_main(void)
{
    uint64_t before;

    ptwr_setup();
    before = *ptwr_entry;
    require_eq(vcpu_start(1, other_vcpu), 0, "vCPU 1");
    while (!is_ready)
        cpu_relax();
    toggle(BIT(9));
    vcpu_wait(1);
    expect_eq(*ptwr_entry, before, "the entry in the end");
}
