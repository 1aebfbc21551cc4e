/* SPDX-License-Identifier: MIT */
/*
 * expand_array takes one writable page of the guest for the next 1024 words, until there are enough for all
 * ports; the pages stay typed writable while they are used. (abi-facts 7.3)
 */
#include "events.h"

static long expand(uint64_t frame)
{
    struct evtchn_expand_array op = { .array_gfn = frame };

    return evtchn(expand_array, &op);
}

void test_main(void)
{
    uint8_t *page = page_new();

    fifo_setup();
    expect_eq(expand(mfn_of((void *)start_info->pt_base)), -XEN_EINVAL, "a page table");
    expect_eq(expand(0), -XEN_EINVAL, "a frame that is not the domain's");
    expect_eq(expand(~0UL), -XEN_EINVAL, "the largest frame number");
    for (unsigned i = 1; i < EVTCHN_FIFO_NR_CHANNELS / 1024; i++)
        require_eq(expand(mfn_of(page)), 0, "the same page again");
    expect_eq(expand(mfn_of(page)), -XEN_ENOSPC, "more than all ports need");

    require_eq(map_page(page, 0), 0, "the guest unmaps it");
    expect(mmu_extended(MMUEXT_PIN_L1_TABLE, mfn_of(page)) < 0, "it is no page table now");
    expect(mmu_extended(MMUEXT_PIN_L1_TABLE, mfn_of(fifo_control)) < 0, "nor is the control block");
}
