/* SPDX-License-Identifier: MIT */
/*
 * reset ends the FIFO ABI: the pages are the guest's alone again, and ports work by the 2-level ABI until the
 * guest starts anew (abi-facts 7.1; XSA-188).
 */
#include "events.h"

void test_main(void)
{
    struct evtchn_reset reset = { .dom = DOMID_SELF };
    uint8_t *words = page_new();
    struct evtchn_expand_array expand = { .array_gfn = mfn_of(words) };
    uint32_t port = port_ipi(0);

    fifo_control = page_new();
    require_eq(fifo_init_control(0, fifo_control, 0), 0, "the control block");
    require_eq(evtchn(expand_array, &expand), 0, "a page of words");
    require_eq(port_send(port), 0, "an event");
    expect_eq(fifo_control->head[7], port, "by the FIFO ABI");
    expect_eq(evtchn(reset, &reset), 0, "reset");

    port = port_ipi(0);
    require_eq(port_send(port), 0, "an event");
    expect(event_is_pending(port), "by the 2-level ABI");
    memset(words, 0, 4096);
    require_eq(map_page(words, entry_of(words, PTE_RO)), 0, "the words' page becomes read-only");
    expect_eq(mmu_extended(MMUEXT_PIN_L1_TABLE, mfn_of(words)), 0, "and a page table");
    expect_eq(fifo_init_control(0, fifo_control, 64), 0, "a control block again");
}
