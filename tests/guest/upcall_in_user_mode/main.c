/* SPDX-License-Identifier: MIT */
/*
 * An event that comes while user mode runs enters the kernel on the kernel's stack, with CS of RPL 3 in the
 * frame, and user mode goes on afterwards as if nothing had been (abi-facts 3.2, 3.7).
 */
#include "events.h"

/* Counts until the kernel writes to the data page. */
USER_CODE_BLOCK(wait_for_kernel, "mov $0x30000, %ebx\n"
                                 "mov $0x1122334455667788, %rcx\n"
                                 "mov %rcx, %r11\n"
                                 "1: cmpq $0, (%rbx)\n"
                                 "je 1b\n"
                                 "xor %eax, %eax\n"
                                 "cmp %rcx, %r11\n"
                                 "sete %al\n" USER_RETURN);

#define MARK 0x1122334455667788UL

static struct guest_frame at_event;
static uint64_t stack_at_event;
static uint32_t port;

/* On a slow machine the timer may be faster than the program: then it is set once more. */
static void take(struct guest_frame *frame)
{
    if (frame->rcx != MARK || frame->r11 != MARK) {
        this_vcpu_info()->evtchn_upcall_pending = 0;
        this_vcpu_info()->evtchn_pending_sel = 0;
        __atomic_and_fetch(&shared_info->evtchn_pending[port / 64], ~(1UL << port % 64),
                           __ATOMIC_SEQ_CST);
        require_eq(hypercall(set_timer_op, system_time() + 2000000), 0, "the timer again");
        return;
    }
    at_event = *frame;
    stack_at_event = entry_rsp;
    this_vcpu_info()->evtchn_upcall_pending = 0;
    *(volatile uint64_t *)(void *)user_data = 1;
}

void test_main(void)
{
    USER_CODE_BLOCK(nothing, USER_RETURN);
    uint64_t top = (uint64_t)user_kernel_stack + USER_KERNEL_STACK_BYTES;

    (void)user_run(CODE(nothing), 0);
    events_setup();
    on_entry(ENTRY_EVENT, take);
    port = port_virq(VIRQ_TIMER, 0);
    require_eq(hypercall(set_timer_op, system_time() + 2000000), 0, "a timer");
    expect_eq(user_run(CODE(wait_for_kernel), 0), 1, "RCX and R11 are kept");
    expect_eq(at_event.cs & 0xffff, FLAT_USER_CS, "CS in the frame");
    expect_eq(at_event.cs >> 32, 0, "events were not masked");
    expect_eq(at_event.rcx, MARK, "RCX in the frame");
    expect_eq(stack_at_event, top - 56, "the frame is on the kernel's stack");
}
