/* SPDX-License-Identifier: MIT */
/*
 * With TF set, an emulated page-table write is followed by #DB like any instruction (abi-facts 5.8).
 */
#include "ptwr.h"

static uint64_t rip[4];
static unsigned steps;

static void note(struct guest_frame *frame)
{
    if (steps < ARRAY_COUNT(rip))
        rip[steps] = frame->rip;
    if (++steps == 2)
        frame->rflags &= ~RFLAGS_TF;
}

extern uint8_t ptwr_step_0[], ptwr_step_1[];

void test_main(void)
{
    ptwr_setup();
    on_entry(VECTOR_DB, note);
    __asm__ volatile("pushfq\n"
                     "orq $0x100, (%%rsp)\n"
                     "popfq\n"
                     "lock andb $0xfd, (%0)\n"
                     "ptwr_step_0: nop\n"
                     "ptwr_step_1: nop\n"
                     :
                     : "r"(ptwr_entry)
                     : "cc", "memory");
    expect_eq(rip[0], ptwr_step_0, "after the write");
    expect_eq(rip[1], ptwr_step_1, "after the next instruction");
    expect(!(*ptwr_entry & PTE_WRITE), "the entry is written");
}
