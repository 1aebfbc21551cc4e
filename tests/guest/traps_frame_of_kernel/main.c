/* SPDX-License-Identifier: MIT */
/*
 * The frame of an exception in guest kernel mode starts on the interrupted stack, rounded down to
 * 16 bytes, and holds RCX, R11, RIP, CS with RPL 0, RFLAGS with IF and no IOPL, RSP and SS; no
 * error code for a vector that has none. (abi-facts 3.2)
 */
#include "guest.h"

#define FRAME_BYTES (7u * 8)

struct start {
    uint64_t rsp;
};

static void fault_on_stack(void *argument)
{
    const struct start *start = argument;

    __asm__ volatile("mov %[rsp], %%rsp\n"
                     "mov $0x1234567887654321, %%rcx\n"
                     "mov $0x2222333344445555, %%r11\n"
                     ".globl faults_here\n"
                     "faults_here: ud2"
                     :
                     : [rsp] "r"(start->rsp)
                     : "rcx", "r11", "memory");
    __builtin_unreachable();
}

extern uint8_t faults_here[];

static void check_at(uint64_t rsp)
{
    struct start start = { rsp };
    struct try_result result = try(fault_on_stack, &start);
    const struct guest_frame *frame = &result.frame;

    expect_eq(result.vector, VECTOR_UD, "the exception");
    expect_eq(result.rsp, (rsp & ~15UL) - FRAME_BYTES, "where the frame is");
    expect_eq(frame->rcx, 0x1234567887654321, "RCX");
    expect_eq(frame->r11, 0x2222333344445555, "R11");
    expect_eq(frame->rip, faults_here, "RIP");
    expect_eq(frame->cs & 0xffffffff, FLAT_KERNEL_CS & ~3u, "CS has RPL 0");
    expect_eq(frame->cs >> 40, 0, "above the event mask is nothing");
    expect_eq(frame->rsp, rsp, "RSP");
    expect_eq(frame->ss, FLAT_KERNEL_SS, "SS");
    expect_eq(frame->rflags & (RFLAGS_IOPL | RFLAGS_NT | RFLAGS_VM), 0, "no such flags");
}

void test_main(void)
{
    uint64_t top = (uint64_t)spare_stack + sizeof(spare_stack) - 64;

    for (uint64_t below = 0; below < 24; below++)
        check_at(top - below);
}
