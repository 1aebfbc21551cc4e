/* SPDX-License-Identifier: MIT */
/*
 * NEW_USER_BASEPTR sets the root for user mode, where nothing of the kernel's is seen unless it is
 * in that root too; 0 takes it away (xen.h; abi-facts 5).
 */
#include "guest.h"

extern uint8_t user_read[], user_read_end[];
__asm__(".pushsection .rodata\n"
        "user_read: mov (%rdi), %rdi\n"
        "xor %eax, %eax\n"
        "syscall\n"
        "user_read_end:\n"
        ".popsection\n");

static uint64_t fault_address;

static void note_fault(struct guest_frame *frame)
{
    static const uint8_t skip_bytes = 3;

    fault_address = shared_info->vcpu_info[0].arch.cr2;
    expect(frame->error_code & 4, "the fault is one of user mode");
    frame->rdi = 0xdead;
    frame->rip += skip_bytes;
}

void test_main(void)
{
    size_t bytes = (size_t)(user_read_end - user_read);

    require(user_run(user_read, bytes, USER_CODE) != 0, "user mode can read its code");
    *(uint64_t *)(void *)user_data = 0x4711;
    expect_eq(user_run(user_read, bytes, USER_DATA), 0x4711, "and its data");
    on_entry(VECTOR_PF, note_fault);
    expect_eq(user_run(user_read, bytes, (uint64_t)start_info), 0xdead, "not the kernel's");
    expect_eq(fault_address, (long)(uint64_t)start_info, "which faults");
    expect(mmu_extended(MMUEXT_NEW_USER_BASEPTR, mfn_of(user_data)) < 0, "a page is no root");
    expect_eq(mmu_extended(MMUEXT_NEW_USER_BASEPTR, 0), 0, "no user root");
}
