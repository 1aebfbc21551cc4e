/* SPDX-License-Identifier: MIT */
/*
 * stack_switch sets the stack that entries from user mode use; entries from the kernel stay on theirs.
 * A stack in the hypervisor's range is never written to (xen.h; XSA-183).
 */
#include "guest.h"

extern uint8_t user_plain[], user_plain_end[];
__asm__(".pushsection .rodata\n"
        "user_plain: mov $1, %eax\n"
        "syscall\n"
        "mov $0x42, %edi\n"
        "xor %eax, %eax\n"
        "syscall\n"
        "user_plain_end:\n"
        ".popsection\n");

static uint8_t stack[8192] PAGE_ALIGNED;
static uint64_t entry_sp;

static void note(struct guest_frame *frame)
{
    entry_sp = (uint64_t)frame;
    require_eq(hypercall(stack_switch, FLAT_KERNEL_SS, stack + sizeof(stack)), 0, "another stack");
}

void test_main(void)
{
    on_user_syscall(note);
    expect_eq(user_run(user_plain, (size_t)(user_plain_end - user_plain), 0), 0x42, "user mode");
    expect(entry_sp < (uint64_t)stack || entry_sp > (uint64_t)stack + sizeof(stack),
           "the first entry is on the library's stack");
    expect_eq(hypercall(stack_switch, 0, HYPERVISOR_VIRT_START + 0x1000), 0, "is not checked now");
}
