/* SPDX-License-Identifier: MIT */
/*
 * exchange trades single frames for a contiguous block, or one below an address (memory.h; abi-facts 7.5:
 * Linux makes its DMA buffers so).
 */
#include "guest.h"

static uint64_t in[16], out[16];

void test_main(void)
{
    struct xen_memory_exchange op = {
        .in = { .extent_start = (uint64_t)in, .nr_extents = 16, .domid = DOMID_SELF },
        .out = { .extent_start = (uint64_t)out,
                 .nr_extents = 1,
                 .extent_order = 4,
                 .mem_flags = 28,
                 .domid = DOMID_SELF },
    };
    uint8_t *pages[16];

    for (unsigned i = 0; i < 16; i++) {
        pages[i] = page_new();
        in[i] = mfn_of(pages[i]);
        require_eq(map_page(pages[i], 0), 0, "unmapped");
    }
    out[0] = pfn_of(pages[0]);
    expect_eq(hypercall(memory_op, XENMEM_exchange, &op), 0, "sixteen for one of order 4");
    expect_eq(op.nr_exchanged, 16, "all");
    expect_eq(out[0] & 15, 0, "aligned to its size");
    expect(out[0] < BIT(28 - 12), "below 256 MiB");
    for (unsigned i = 0; i < 16; i++) {
        expect_eq(m2p(out[0] + i), (long)pfn_of(pages[0]) + i, "its M2P entries");
        require_eq(map_page(pages[i], (out[0] + i) << 12 | PTE_RW), 0, "mapped");
        pages[i][0] = 1;
        expect(map_page(pages[i], in[i] << 12 | PTE_RW) < 0 || in[i] - out[0] < 16,
               "the old frames are not the domain's");
    }

    /* And back to single ones. */
    for (unsigned i = 0; i < 16; i++) {
        require_eq(map_page(pages[i], 0), 0, "unmapped");
        in[i] = 0;
    }
    in[0] = out[0];
    for (unsigned i = 0; i < 16; i++)
        out[i] = pfn_of(pages[i]);
    op = (struct xen_memory_exchange){
        .in = { .extent_start = (uint64_t)in,
                .nr_extents = 1,
                .extent_order = 4,
                .domid = DOMID_SELF },
        .out = { .extent_start = (uint64_t)out, .nr_extents = 16, .domid = DOMID_SELF },
    };
    expect_eq(hypercall(memory_op, XENMEM_exchange, &op), 0, "one of order 4 for sixteen");
    expect_eq(op.nr_exchanged, 1, "all");
    for (unsigned i = 0; i < 16; i++)
        expect_eq(m2p(out[i]), (long)pfn_of(pages[i]), "each has its pfn");
}
