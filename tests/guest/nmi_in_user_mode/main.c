/* SPDX-License-Identifier: MIT */
/*
 * An NMI in user mode enters the kernel on its stack, and iret goes back to user mode (abi-facts 3.3).
 *
 * Machine: cpus=2
 */
#include "guest.h"

USER_CODE_BLOCK(wait_for_kernel, "mov $0x30000, %ebx\n"
                                 "movq $1, 8(%rbx)\n"
                                 "1: cmpq $0, (%rbx)\n"
                                 "je 1b\n"
                                 "mov $0x55, %eax\n" USER_RETURN);
USER_CODE_BLOCK(nothing, USER_RETURN);

static struct guest_frame seen;

static void handle(struct guest_frame *frame)
{
    seen = *frame;
    *(volatile uint64_t *)(void *)user_data = 1;
}

static void other_vcpu(uint32_t id)
{
    volatile uint64_t *is_there = (volatile uint64_t *)(void *)(user_data + 8);

    (void)id;
    while (!*is_there)
        cpu_relax();
    expect_eq(hypercall(vcpu_op, VCPUOP_send_nmi, 0, NULL), 0, "an NMI");
}

void test_main(void)
{
    struct xennmi_callback callback = { .handler_address = entry_point(ENTRY_NMI) };

    (void)user_run(CODE(nothing), 0);
    on_entry(ENTRY_NMI, handle);
    require_eq(hypercall(nmi_op, XENNMI_register_callback, &callback), 0, "a handler");
    require_eq(vcpu_start(1, other_vcpu), 0, "vCPU 1");
    expect_eq(user_run(CODE(wait_for_kernel), 0), 0x55, "user mode goes on");
    expect_eq(entries_seen(ENTRY_NMI), 1, "the NMI");
    expect_eq(seen.cs & 0xffff, FLAT_USER_CS, "CS in its frame");
    expect_eq(seen.rbx, USER_DATA, "the registers of user mode");
    vcpu_wait(1);
}
