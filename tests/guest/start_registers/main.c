/* SPDX-License-Identifier: MIT */
/*
 * The state at the first instruction: RSI is start_info, RSP the end of the boot stack's page,
 * everything else zero; flat selectors, interrupts on, events masked (abi-facts 1.4).
 */
#include "guest.h"

uint64_t first_registers[17] = { 1 };
uint16_t first_selectors[6] = { 1 };

void test_main(void)
{
    uint64_t stack_end = start_info->pt_base + start_info->nr_pt_frames * 4096 + 4096;

    for (unsigned i = 0; i < 16; i++) {
        if (i == 4)
            expect_eq(first_registers[i], (uint64_t)start_info, "rsi");
        else if (i == 7)
            expect_eq(first_registers[i], stack_end, "rsp");
        else
            expect_eq(first_registers[i], 0, "a general register");
    }
    expect_eq(first_registers[16], 0x202, "flags");
    expect_eq(first_selectors[0], FLAT_KERNEL_CS, "cs");
    expect_eq(first_selectors[1], FLAT_KERNEL_SS, "ss");
    for (unsigned i = 2; i < 6; i++)
        expect_eq(first_selectors[i], 0, "a data selector");
    for (unsigned i = 0; i < XEN_LEGACY_MAX_VCPUS; i++) {
        expect_eq(shared_info->vcpu_info[i].evtchn_upcall_mask, 1, "events are masked");
        expect_eq(shared_info->vcpu_info[i].evtchn_upcall_pending, 0, "none is pending");
    }
}
