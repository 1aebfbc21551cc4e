/* SPDX-License-Identifier: MIT */
/*
 * Once the granter could take its page back, nobody else sees what it writes there, through no
 * page table and no TLB of any CPU. (abi-facts 7.4: flush before the flags are cleared)
 *
 * Machine: domains=1 cpus=2
 */
#include "grants.h"

#define ROUNDS 25u
#define SECRET 0x5ec2e7UL

static volatile uint64_t page[512] PAGE_ALIGNED;

/* Takes the page back as often as it can, and uses it for itself for a while. */
void neighbour_main(uint32_t id)
{
    volatile uint64_t *word = &page[0];

    (void)id;
    grants_setup();
    page[1] = 1; /* while the control domain still wants it */
    grant_mfn(8, CONTROL_DOMAIN, mfn_of(page), GRANTED);
    meet(CONTROL_DOMAIN);
    while (page[1]) {
        if (!grant_revoke(8))
            continue;
        *word = SECRET;
        for (unsigned i = 0; i < 200; i++)
            cpu_relax();
        *word = 0;
        barrier();
        grant_table[8].flags = GRANTED;
    }
}

void test_main(void)
{
    volatile uint64_t *window = page_hole();
    unsigned rounds = 0;

    meet(1);
    while (rounds < ROUNDS) {
        struct gnttab_map_grant_ref op = {
            .host_addr = (uint64_t)window, .flags = GNTMAP_host_map, .ref = 8, .dom = 1
        };

        if (grant_map(&op))
            continue;
        rounds++;
        for (unsigned i = 0; i < 50; i++)
            expect(window[0] != SECRET, "the page is ours, too, and shows no secret");
        if (rounds == ROUNDS)
            window[1] = 0;
        expect_eq(grant_unmap_at(window, op.handle), GNTST_okay, "it is unmapped");
        expect(try_read(window, NULL).trapped, "and gone");
    }
    neighbour_wait(1);
}
