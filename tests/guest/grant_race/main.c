/* SPDX-License-Identifier: MIT */
/*
 * Two vCPUs end the same handles at the same time: each handle ends once, whoever is first, and the
 * flags of the entry are right in the end. (XSA-218, 228)
 *
 * Machine: cpus=2
 */
#include "grants.h"

#define HANDLES 16u
#define ROUNDS  8u

static volatile uint64_t page[512] PAGE_ALIGNED;
static void *windows[HANDLES];
static volatile grant_handle_t handles[HANDLES];
static volatile unsigned round_of_first, round_of_second;
static volatile unsigned ended[2];

static unsigned end_all(void)
{
    unsigned count = 0;

    for (unsigned i = 0; i < HANDLES; i++) {
        struct gnttab_unmap_grant_ref op = { .host_addr = (uint64_t)windows[i],
                                             .handle = handles[i] };

        (void)hypercall(grant_table_op, GNTTABOP_unmap_grant_ref, &op, 1);
        count += op.status == GNTST_okay;
    }
    return count;
}

static void second_vcpu(uint32_t id)
{
    (void)id;
    for (unsigned round = 1; round <= ROUNDS; round++) {
        while (round_of_first != round)
            cpu_relax();
        ended[1] = end_all();
        barrier();
        round_of_second = round;
    }
}

void test_main(void)
{
    grants_setup();
    grant(8, page, GRANTED);
    for (unsigned i = 0; i < HANDLES; i++)
        windows[i] = page_hole();
    require_eq(vcpu_start(1, second_vcpu), 0, "the second vCPU starts");
    for (unsigned round = 1; round <= ROUNDS; round++) {
        for (unsigned i = 0; i < HANDLES; i++)
            handles[i] = grant_map_at(windows[i], 8, i % 2 ? GNTMAP_readonly : 0);
        barrier();
        round_of_first = round;
        ended[0] = end_all();
        while (round_of_second != round)
            cpu_relax();
        expect_eq(ended[0] + ended[1], HANDLES, "each handle ends once");
        expect_eq(grant_table[8].flags, GRANTED, "nobody uses the grant");
    }
    vcpu_wait(1);
}
