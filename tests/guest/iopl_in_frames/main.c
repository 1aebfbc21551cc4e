/* SPDX-License-Identifier: MIT */
/*
 * With the assist architectural_iopl the virtual IOPL is in the RFLAGS of frames, and iret sets it from there; without it frames
 * say 0, and set_iopl alone counts. The real IOPL is 0 in any case (abi-facts 3.2, 3.11).
 */
#include "privileged.h"

static void fault(void *unused)
{
    (void)unused;
    __asm__ volatile("ud2");
}

static uint64_t iopl_in_frame(void)
{
    struct try_result result = try(fault, NULL);

    expect_eq(result.rflags & RFLAGS_IOPL, 0, "the real IOPL");
    return (result.frame.rflags & RFLAGS_IOPL) >> 12;
}

static NOINLINE void iret_with(uint64_t level)
{
    struct iret_context context = { .rip = (uint64_t)undefined_instruction,
                                    .cs = FLAT_KERNEL_CS & ~3u,
                                    .rflags = RFLAGS_IF | level << 12,
                                    .rsp = (uint64_t)spare_stack + SPARE_STACK_BYTES,
                                    .ss = FLAT_KERNEL_SS };

    (void)try_iret(&context);
}

void test_main(void)
{
    uint64_t rax = 0;

    require_eq(iopl_set(2), 0, "level 2");
    expect_eq(iopl_in_frame(), 0, "without the assist");
    iret_with(0);
    expect(!try_in(0x80, 1, &rax).trapped, "iret does not change the level");

    require_eq(hypercall(vm_assist, VMASST_CMD_enable, VMASST_TYPE_architectural_iopl), 0,
               "assist");
    require_eq(iopl_set(2), 0, "level 2");
    expect_eq(iopl_in_frame(), 2, "with the assist");
    expect_eq(iopl_in_frame(), 2, "and after an iret with that frame");
    require_eq(iopl_set(3), 0, "level 3");
    expect_eq(iopl_in_frame(), 3, "another level");
    require_eq(hypercall(vm_assist, VMASST_CMD_disable, VMASST_TYPE_architectural_iopl), 0, "off");
    expect_eq(iopl_in_frame(), 0, "without it again");
}
