/* SPDX-License-Identifier: MIT */
/*
 * With TF set an emulated instruction is followed by #DB like any other, with BS in DR6 (SDM 3B 17.3.1.4).
 */
#include "privileged.h"

static uint64_t rip[8], status[8];
static unsigned steps;

static void note(struct guest_frame *frame)
{
    if (steps < ARRAY_COUNT(rip)) {
        rip[steps] = frame->rip;
        status[steps] = (uint64_t)hypercall(get_debugreg, 6);
    }
    steps++;
    (void)hypercall(set_debugreg, 6, 0);
    if (steps == 4)
        frame->rflags &= ~RFLAGS_TF;
}

extern uint8_t step_0[], step_1[], step_2[], step_3[];

void test_main(void)
{
    on_entry(VECTOR_DB, note);
    __asm__ volatile("pushfq\n"
                     "orq $0x100, (%%rsp)\n"
                     "popfq\n"
                     "mov %%cr4, %%rax\n"
                     "step_0: clts\n"
                     "step_1: mov $0x40000000, %%eax\n"
                     "step_2: " XEN_CPUID "\n"
                     "step_3: nop\n"
                     :
                     :
                     : "rax", "rbx", "rcx", "rdx", "cc", "memory");
    expect_eq(steps, 4, "steps");
    expect_eq(rip[0], step_0, "after MOV from CR4");
    expect_eq(rip[1], step_1, "after CLTS");
    expect_eq(rip[2], step_2, "after MOV");
    expect_eq(rip[3], step_3, "after CPUID");
    for (unsigned i = 0; i < 4; i++)
        expect_eq(status[i] & BIT(14), BIT(14), "DR6.BS");
}
